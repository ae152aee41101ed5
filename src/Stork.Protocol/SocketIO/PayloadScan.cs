using System.Buffers.Text;

namespace Stork.Protocol.SocketIO;

/// <summary>
/// One pass over the JSON of a packet: it is well-formed, not too deep, begins with an event name where one is due, and its placeholders
/// point to attachments.
/// </summary>
/// <remarks>Not a recursive function: a client chooses how deep it goes.</remarks>
internal ref struct PayloadScan
{
    private readonly int _attachments;
    private readonly Span<Open> _open;
    private JsonScanner _json;
    private int _depth;

    // What the value that comes next would say of a placeholder.
    private Key _key;

    private PayloadScan(ReadOnlySpan<byte> json, int attachments, Span<Open> open)
    {
        _json = new JsonScanner(json);
        _attachments = attachments;
        _open = open;
    }

    /// <summary>Where the name of an event is, relative to the payload, without its quotes.</summary>
    internal readonly record struct NameSlice(int Start, int Length, bool IsEscaped);

    private enum Key : byte
    {
        Other,
        Placeholder,
        Num,
    }

    // What is known of an open array or object; a mark without a number when an object closes is a placeholder that points nowhere.
    [Flags]
    private enum Open : byte
    {
        Array = 0,
        Object = 1,
        Mark = 2,
        ValidNum = 4,
    }

    /// <summary>Scans a payload.</summary>
    /// <param name="json">The payload; not empty.</param>
    /// <param name="isEvent">Whether it has to begin with an event name; it is an array then.</param>
    /// <param name="attachments">How many attachments placeholders may point to; 0 when objects that look like placeholders are ordinary
    /// data.</param>
    /// <param name="limits">Of these the depth is applied.</param>
    /// <returns>Where the name of the event is.</returns>
    public static NameSlice Run(ReadOnlySpan<byte> json, bool isEvent, int attachments, ProtocolLimits limits)
    {
        // Indexed by depth. LargestJsonDepth keeps it small.
        var scan = new PayloadScan(json, attachments, stackalloc Open[limits.MaxJsonDepth]);
        var name = isEvent ? scan.ReadName(json) : default;
        scan.ReadToEnd(isValueRead: isEvent);
        return name;
    }

    private NameSlice ReadName(ReadOnlySpan<byte> json)
    {
        _json.Peek();
        Enter(Open.Array);
        var first = _json.Peek();
        var start = _json.Position;
        if (first == '"')
        {
            var isEscaped = _json.ReadString();
            return new NameSlice(start + 1, _json.Position - start - 2, isEscaped);
        }

        _json.ReadNumber();
        return new NameSlice(start, _json.Position - start, IsEscaped: false);
    }

    private void ReadToEnd(bool isValueRead)
    {
        while (true)
        {
            if (!isValueRead) isValueRead = ReadValue();
            else if (_depth > 0) isValueRead = GoOn();
            else break;
        }

        _json.ReadEnd();
    }

    /// <summary>Reads a value; of an array or object that is not empty, the beginning.</summary>
    /// <returns>Whether it is complete; otherwise a value comes next.</returns>
    private bool ReadValue()
    {
        switch (_json.Peek())
        {
            case (byte)'"':
                _json.ReadString();
                Note(holds: false);
                return true;
            case (byte)'[':
                Note(holds: false);
                Enter(Open.Array);
                return TryLeave((byte)']');
            case (byte)'{':
                Note(holds: false);
                Enter(Open.Object);
                if (TryLeave((byte)'}')) return true;
                ReadKey();
                return false;
            case (byte)'t':
                _json.ReadLiteral("true"u8);
                Note(holds: _key == Key.Placeholder);
                return true;
            case (byte)'f':
                _json.ReadLiteral("false"u8);
                Note(holds: false);
                return true;
            case (byte)'n':
                _json.ReadLiteral("null"u8);
                Note(holds: false);
                return true;
            default:
                ReadNumber();
                return true;
        }
    }

    private void ReadNumber()
    {
        var start = _json.Position;
        _json.ReadNumber();
        if (_key == Key.Other) return;
        var text = _json.Slice(start);
        var isNumber = Utf8Parser.TryParse(text, out int num, out var read) && read == text.Length;
        Note(_key == Key.Num && isNumber && num >= 0 && num < _attachments);
    }

    /// <summary>Goes on behind a value: to the next one, or to the end of what it is in.</summary>
    /// <returns>False when a value comes next.</returns>
    private bool GoOn()
    {
        var isObject = (_open[_depth - 1] & Open.Object) != 0;
        if (_json.Peek() == ',')
        {
            _json.Skip();
            if (isObject) ReadKey();
            return false;
        }

        if (!TryLeave(isObject ? (byte)'}' : (byte)']')) JsonScanner.Fail();
        return true;
    }

    private void ReadKey()
    {
        if (_json.Peek() != '"') JsonScanner.Fail();
        var start = _json.Position;
        var isEscaped = _json.ReadString();
        if (_attachments > 0) _key = Identify(_json.Slice(start)[1..^1], isEscaped);
        if (_json.Peek() != ':') JsonScanner.Fail();
        _json.Skip();
    }

    private void Enter(Open what)
    {
        if (_depth == _open.Length) ProtocolException.Throw(ProtocolError.TooDeep);
        _open[_depth++] = what;
        _json.Skip();
    }

    private bool TryLeave(byte end)
    {
        if (_json.Peek() != end) return false;
        if ((_open[--_depth] & (Open.Mark | Open.ValidNum)) == Open.Mark) ProtocolException.Throw(ProtocolError.IllegalAttachment);
        _json.Skip();
        return true;
    }

    private static Key Identify(ReadOnlySpan<byte> key, bool isEscaped)
    {
        if (JsonText.Equals(key, isEscaped, "_placeholder"u8)) return Key.Placeholder;
        return JsonText.Equals(key, isEscaped, "num"u8) ? Key.Num : Key.Other;
    }

    // Where a key is repeated the last one counts, as in JavaScript.
    private void Note(bool holds)
    {
        if (_key == Key.Other) return;
        var flag = _key == Key.Placeholder ? Open.Mark : Open.ValidNum;
        ref var open = ref _open[_depth - 1];
        open = holds ? open | flag : open & ~flag;
        _key = Key.Other;
    }
}
