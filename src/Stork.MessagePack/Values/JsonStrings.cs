using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace Stork.MessagePack.Values;

/// <summary>Strings of JSON without their escapes.</summary>
/// <remarks>The framework's own functions throw at half of a surrogate pair, which JavaScript's strings may well contain: what a client
/// sent and an application passes on must not fail here.</remarks>
internal static class JsonStrings
{
    private const int HexDigits = 4;

    /// <summary>Takes the escapes out of a string; half a surrogate pair becomes U+FFFD, as in the encoders of JavaScript.</summary>
    /// <param name="raw">What stands between the quotes, well-formed JSON in UTF-8.</param>
    /// <param name="plain">As long as <paramref name="raw"/> at least: nothing grows.</param>
    /// <returns>How many bytes were written.</returns>
    public static int Unescape(ReadOnlySpan<byte> raw, Span<byte> plain)
    {
        var written = 0;
        while (!raw.IsEmpty)
        {
            var next = raw.IndexOf((byte)'\\');
            var untouched = next < 0 ? raw : raw[..next];
            untouched.CopyTo(plain[written..]);
            written += untouched.Length;
            raw = raw[untouched.Length..];
            if (raw.IsEmpty) break;
            var rune = ReadEscape(raw, out var read);
            written += rune.EncodeToUtf8(plain[written..]);
            raw = raw[read..];
        }

        return written;
    }

    private static Rune ReadEscape(ReadOnlySpan<byte> raw, out int read)
    {
        read = 2;
        if (raw[1] != 'u') return new Rune(ReadSimple(raw[1]));
        var first = ReadUnit(raw);
        read += HexDigits;
        if (Rune.TryCreate(first, out var rune)) return rune;
        if (raw.Length > read + 1 && raw[read] == '\\' && raw[read + 1] == 'u' && Rune.TryCreate(first, ReadUnit(raw[read..]), out rune))
        {
            read += 2 + HexDigits;
            return rune;
        }

        return Rune.ReplacementChar;
    }

    private static char ReadSimple(byte letter) => letter switch
    {
        (byte)'b' => '\b',
        (byte)'f' => '\f',
        (byte)'n' => '\n',
        (byte)'r' => '\r',
        (byte)'t' => '\t',
        _ => (char)letter,
    };

    private static char ReadUnit(ReadOnlySpan<byte> escape) =>
        Utf8Parser.TryParse(escape.Slice(2, HexDigits), out ushort unit, out _, 'X')
            ? (char)unit
            : throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"{escape[1]} is no escape."));
}
