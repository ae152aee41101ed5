using System.Globalization;
using System.Text;

namespace Stork.Protocol.SocketIO;

/// <summary>
/// The text of JSON strings that <see cref="System.Text.Json.Utf8JsonReader"/> has found well-formed. Its own comparison and unescaping
/// throw on a lone surrogate, which JavaScript can legally send; here that becomes U+FFFD.
/// </summary>
internal static class JsonText
{
    private const int UnicodeEscapeLength = 6; // \uXXXX

    /// <summary>Compares what is between the quotes of a JSON string with plain text.</summary>
    public static bool Equals(ReadOnlySpan<byte> raw, bool isEscaped, ReadOnlySpan<byte> text)
    {
        if (!isEscaped)
            return raw.SequenceEqual(text);
        if (raw.Length > text.Length * UnicodeEscapeLength)
            return false;

        Span<byte> plain = stackalloc byte[raw.Length];
        return plain[..Unescape(raw, plain)].SequenceEqual(text);
    }

    /// <summary>Replaces the escapes of what is between the quotes of a JSON string. The result is never longer than the source.</summary>
    /// <returns>How many bytes were written.</returns>
    public static int Unescape(ReadOnlySpan<byte> raw, Span<byte> destination)
    {
        var written = 0;
        while (true)
        {
            var run = raw.IndexOf((byte)'\\');
            if (run < 0)
            {
                raw.CopyTo(destination[written..]);
                return written + raw.Length;
            }

            raw[..run].CopyTo(destination[written..]);
            written += run;
            raw = raw[run..];
            if (raw[1] == 'u')
            {
                written += UnescapeUnicode(ref raw, destination[written..]);
            }
            else
            {
                destination[written++] = UnescapeShort(raw[1]);
                raw = raw[2..];
            }
        }
    }

    private static byte UnescapeShort(byte letter) => letter switch
    {
        (byte)'b' => (byte)'\b',
        (byte)'f' => (byte)'\f',
        (byte)'n' => (byte)'\n',
        (byte)'r' => (byte)'\r',
        (byte)'t' => (byte)'\t',
        _ => letter, // quote, backslash, slash
    };

    private static int UnescapeUnicode(ref ReadOnlySpan<byte> raw, Span<byte> destination)
    {
        var unit = ReadUnit(raw);
        raw = raw[UnicodeEscapeLength..];
        if (!Rune.TryCreate(unit, out var rune))
        {
            rune = Rune.ReplacementChar;
            if (raw.Length >= UnicodeEscapeLength && raw[0] == '\\' && raw[1] == 'u' && Rune.TryCreate(unit, ReadUnit(raw), out var pair))
            {
                rune = pair;
                raw = raw[UnicodeEscapeLength..];
            }
        }

        return rune.EncodeToUtf8(destination);
    }

    private static char ReadUnit(ReadOnlySpan<byte> escape) =>
        (char)ushort.Parse(escape.Slice(2, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
}
