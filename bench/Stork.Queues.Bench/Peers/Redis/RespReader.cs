using System.Buffers.Text;
using System.Text;

namespace Stork.Queues.Bench.Peers.Redis;

/// <summary>Walks through RESP2 replies: <c>+text</c>, <c>-error</c>, <c>:number</c>, <c>$length bytes</c>,
/// <c>*count items</c>, each with CR LF.</summary>
internal ref struct RespReader(ReadOnlySpan<byte> bytes, int position = 0)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;

    public int Position { get; private set; } = position;

    /// <summary>Passes one whole reply, nested ones included; false, and nowhere further, if not all of it is there.</summary>
    public bool TrySkip()
    {
        var before = Position;
        for (var open = 1L; open > 0; open--)
        {
            if (!TryHeader(out var kind, out var number))
            {
                Position = before;
                return false;
            }

            if (kind == '*') open += Math.Max(0, number);
            if (kind != '$' || number < 0) continue;
            Position += (int)number + 2;
            if (Position > _bytes.Length)
            {
                Position = before;
                return false;
            }
        }

        return true;
    }

    /// <summary>The number of items of the array that begins here; -1 for none.</summary>
    public int Array() => (int)Header('*');

    public long Integer() => Header(':');

    public ReadOnlySpan<byte> Bulk()
    {
        var length = (int)Header('$');
        if (length < 0) return default;
        var value = _bytes.Slice(Position, length);
        Position += length + 2;
        return value;
    }

    private long Header(char expected)
    {
        if (!TryHeader(out var kind, out var number) || kind != expected)
            throw new BenchmarkException($"Redis answered '{kind}' where '{expected}' was due");
        return number;
    }

    private bool TryHeader(out char kind, out long number)
    {
        (kind, number) = (default, 0);
        var rest = _bytes[Position..];
        var end = rest.IndexOf((byte)'\n');
        if (end < 0) return false;
        kind = (char)rest[0];
        var text = rest[1..(end - 1)];
        if (kind == '-') throw new BenchmarkException("Redis: " + Encoding.UTF8.GetString(text));
        if (kind is ':' or '$' or '*' && !Utf8Parser.TryParse(text, out number, out _))
            throw new BenchmarkException("Redis sent no number where one was due");
        Position += end + 1;
        return true;
    }
}
