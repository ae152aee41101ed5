using System.Buffers.Text;
using System.Diagnostics;

namespace Stork.Wire;

/// <summary>What stands in the JSON for an attachment, in the form in which the official JavaScript clients and servers write it.</summary>
/// <remarks><c>{"_placeholder":true,"num":0}</c>; the number is that of the attachment in its packet.</remarks>
internal static class Placeholder
{
    /// <summary>The longest that is written.</summary>
    public const int MaxLength = 48;

    private static ReadOnlySpan<byte> BeforeNumber => "{\"_placeholder\":true,\"num\":"u8;

    /// <summary>Writes a placeholder and returns its length.</summary>
    public static int Write(Span<byte> destination, int number)
    {
        BeforeNumber.CopyTo(destination);
        var isWritten = Utf8Formatter.TryFormat(number, destination[BeforeNumber.Length..], out var digits);
        Debug.Assert(isWritten, "There is room for any number.");
        var length = BeforeNumber.Length + digits;
        destination[length] = (byte)'}';
        return length + 1;
    }

    /// <summary>
    /// Reads a placeholder of one of the first ten attachments that is written in just this form; other forms are left to
    /// <see cref="AttachmentScope.Read"/>.
    /// </summary>
    public static bool TryRead(ReadOnlySpan<byte> json, out int number)
    {
        number = -1;
        if (json.Length != BeforeNumber.Length + 2 || !json.StartsWith(BeforeNumber) || json[^1] != '}') return false;
        number = json[^2] - '0';
        return number is >= 0 and <= 9;
    }
}
