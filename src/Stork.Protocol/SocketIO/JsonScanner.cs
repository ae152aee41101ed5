using System.Buffers;
using System.Diagnostics;

namespace Stork.Protocol.SocketIO;

/// <summary>
/// Reads JSON once, as strictly as RFC 8259, and makes nothing of it: what the payload of a packet has to be before anybody trusts it.
/// A reader that stops at every token costs several times as much where tokens are short, and clients choose how short they are.
/// </summary>
/// <remarks>Text that is not UTF-8 has been refused before.</remarks>
internal ref struct JsonScanner
{
    /// <summary>Bytes of a string that are looked at one by one before a search for its end pays.</summary>
    private const int ShortString = 12;

    private const int HexDigits = 4;

    private static readonly SearchValues<byte> EndsRun =
        SearchValues.Create([.. Enumerable.Range(0, 0x20).Select(static control => (byte)control), (byte)'"', (byte)'\\']);

    private readonly ReadOnlySpan<byte> _json;
    private int _at;

    public JsonScanner(ReadOnlySpan<byte> json) => _json = json;

    /// <summary>The position behind what was read.</summary>
    public readonly int Position => _at;

    /// <summary>What was read from a position on.</summary>
    public readonly ReadOnlySpan<byte> Slice(int start) => _json[start.._at];

    /// <summary>The next byte that is no white space; 0, which is nowhere valid, at the end.</summary>
    public byte Peek()
    {
        var json = _json;
        var at = _at;
        while ((uint)at < (uint)json.Length)
        {
            var next = json[at];
            if (next > ' ' || next is not ((byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t'))
            {
                _at = at;
                return next;
            }

            at++;
        }

        _at = at;
        return 0;
    }

    /// <summary>Goes on behind the byte that <see cref="Peek"/> has seen.</summary>
    public void Skip() => _at++;

    /// <summary>The end may be followed by white space only.</summary>
    public void ReadEnd()
    {
        if (Peek() != 0 || _at < _json.Length) Fail();
    }

    /// <summary>Reads a string, the scanner standing on its quote.</summary>
    /// <returns>Whether it has escapes.</returns>
    public bool ReadString()
    {
        var json = _json;
        var at = _at + 1;
        var isEscaped = false;
        var slow = at + ShortString;
        while ((uint)at < (uint)json.Length)
        {
            var next = json[at];
            if (next == '"')
            {
                _at = at + 1;
                return isEscaped;
            }

            if (next == '\\')
            {
                isEscaped = true;
                at = ReadEscape(json, at + 1);
                continue;
            }

            if (next < ' ') Fail();
            at++;
            if (at < slow) continue;
            var run = json[at..].IndexOfAny(EndsRun);
            if (run < 0) break;
            at += run;
        }

        Fail();
        return false;
    }

    /// <summary>Reads a number, the scanner standing on its first byte.</summary>
    public void ReadNumber()
    {
        var json = _json;
        var at = _at;
        if ((uint)at < (uint)json.Length && json[at] == '-') at++;
        // No digit may follow a leading zero.
        if ((uint)at < (uint)json.Length && json[at] == '0') at++;
        else at = ReadDigits(json, at);
        if ((uint)at < (uint)json.Length && json[at] == '.') at = ReadDigits(json, at + 1);
        if ((uint)at < (uint)json.Length && json[at] is (byte)'e' or (byte)'E')
        {
            at++;
            if ((uint)at < (uint)json.Length && json[at] is (byte)'+' or (byte)'-') at++;
            at = ReadDigits(json, at);
        }

        _at = at;
    }

    /// <summary>Reads <c>true</c>, <c>false</c> or <c>null</c>.</summary>
    public void ReadLiteral(ReadOnlySpan<byte> literal)
    {
        if (!_json[_at..].StartsWith(literal)) Fail();
        _at += literal.Length;
    }

    private static int ReadDigits(ReadOnlySpan<byte> json, int at)
    {
        var first = at;
        while ((uint)at < (uint)json.Length && (uint)(json[at] - '0') <= 9) at++;
        if (at == first) Fail();
        return at;
    }

    private static int ReadEscape(ReadOnlySpan<byte> json, int at)
    {
        if ((uint)at >= (uint)json.Length) Fail();
        switch (json[at++])
        {
            case (byte)'"' or (byte)'\\' or (byte)'/' or (byte)'b' or (byte)'f' or (byte)'n' or (byte)'r' or (byte)'t':
                return at;
            case (byte)'u' when at + HexDigits <= json.Length:
                for (var end = at + HexDigits; at < end; at++)
                {
                    if (!char.IsAsciiHexDigit((char)json[at])) Fail();
                }

                return at;
            default:
                Fail();
                return at;
        }
    }

    [StackTraceHidden]
    public static void Fail() => ProtocolException.Throw(ProtocolError.InvalidPayload);
}
