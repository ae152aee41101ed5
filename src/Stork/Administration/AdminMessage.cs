using System.Text;
using Stork.Queues;

namespace Stork.Administration;

/// <summary>A message as the HTTP interface shows it: its body as text or base64 within JSON, never as a document of its own.</summary>
internal sealed record AdminMessage(MessageInfo Message, string? Text, string? Base64, bool IsTruncated)
{
    /// <summary>Bytes of a body that are shown.</summary>
    private const int MaxShown = 64 * 1024;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static AdminMessage Show(MessageInfo message)
    {
        if (message.Body is not { } body) return new AdminMessage(message, null, null, IsTruncated: false);
        var isTruncated = body.Length > MaxShown;
        var shown = body.AsSpan(0, Math.Min(body.Length, MaxShown));
        message = message with { Body = null };
        try
        {
            return new AdminMessage(message, Strict.GetString(WholeCharacters(shown, isTruncated)), null, isTruncated);
        }
        catch (ArgumentException)
        {
            return new AdminMessage(message, null, Convert.ToBase64String(shown), isTruncated);
        }
    }

    /// <summary>Without the beginning of a character that was cut off.</summary>
    private static ReadOnlySpan<byte> WholeCharacters(ReadOnlySpan<byte> text, bool isCut)
    {
        if (!isCut) return text;
        var end = text.Length;
        for (var back = 1; back <= 3 && back <= text.Length; back++)
        {
            if ((text[^back] & 0b1100_0000) == 0b1000_0000) continue;
            if (text[^back] >= 0b1100_0000) end = text.Length - back;
            break;
        }

        return text[..end];
    }
}
