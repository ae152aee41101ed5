using System.Buffers;

namespace Stork.Protocol.SocketIO;

/// <summary>
/// The elements of a JSON array, one after the other, as the bytes they are. The array has been found well-formed, so that an element's
/// end is found by looking at brackets and quotes alone.
/// </summary>
internal ref struct JsonArrayCursor
{
    private static readonly SearchValues<byte> Structure = SearchValues.Create("\"[]{}"u8);
    private static readonly SearchValues<byte> EndsScalar = SearchValues.Create(",]} \t\r\n"u8);

    private readonly ReadOnlySpan<byte> _array;
    private int _at;

    public JsonArrayCursor(ReadOnlySpan<byte> array)
    {
        _array = array;
        // Behind the bracket.
        _at = SkipWhiteSpace(0) + 1;
    }

    /// <summary>Where the element is.</summary>
    public int Start { get; private set; }

    /// <summary>The position behind it.</summary>
    public readonly int End => _at;

    public readonly ReadOnlySpan<byte> Current => _array[Start.._at];

    /// <summary>False behind the last element, however often.</summary>
    public bool MoveNext()
    {
        var at = SkipWhiteSpace(_at);
        if (at < _array.Length && _array[at] == ',') at = SkipWhiteSpace(at + 1);
        if (at >= _array.Length || _array[at] == ']') return false;
        Start = at;
        _at = EndOf(at);
        return true;
    }

    private readonly int SkipWhiteSpace(int at)
    {
        while (at < _array.Length && _array[at] is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n') at++;
        return at;
    }

    private readonly int EndOf(int at) => _array[at] switch
    {
        (byte)'"' => EndOfString(at),
        (byte)'[' or (byte)'{' => EndOfNested(at),
        _ => Find(at, EndsScalar),
    };

    private readonly int EndOfNested(int at)
    {
        var depth = 0;
        while (at < _array.Length)
        {
            switch (_array[at])
            {
                case (byte)'"':
                    at = EndOfString(at);
                    break;
                case (byte)'[' or (byte)'{':
                    depth++;
                    at++;
                    break;
                case (byte)']' or (byte)'}':
                    at++;
                    if (--depth == 0) return at;
                    break;
                default:
                    at = Find(at, Structure);
                    break;
            }
        }

        return at;
    }

    /// <summary>
    /// A quote ends the string unless an odd number of backslashes stands before it. Escapes are not looked at one by one: clients choose
    /// how many there are.
    /// </summary>
    private readonly int EndOfString(int at)
    {
        at++;
        while (true)
        {
            var run = _array[at..].IndexOf((byte)'"');
            if (run < 0) return _array.Length;
            var text = _array.Slice(at, run);
            at += run + 1;
            var backslashes = text.Length - 1 - text.LastIndexOfAnyExcept((byte)'\\');
            if (backslashes % 2 == 0) return at;
        }
    }

    private readonly int Find(int at, SearchValues<byte> values)
    {
        var found = _array[at..].IndexOfAny(values);
        return found < 0 ? _array.Length : at + found;
    }
}
