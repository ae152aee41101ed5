namespace Stork.Bench.Load;

/// <summary>Collects the answers of one turn, so that they leave in one write.</summary>
internal sealed class OutputBuffer
{
    /// <summary>More than the answers to the largest read.</summary>
    private const int Capacity = 1 << 20;

    private readonly byte[] _bytes = new byte[Capacity];
    private int _length;

    public void Append(ReadOnlySpan<byte> frame)
    {
        frame.CopyTo(_bytes.AsSpan(_length));
        _length += frame.Length;
    }

    /// <summary>What was collected; valid until the next append, which starts anew.</summary>
    public ReadOnlySpan<byte> Take() => TakeMemory().Span;

    /// <inheritdoc cref="Take"/>
    public ReadOnlyMemory<byte> TakeMemory()
    {
        var taken = _bytes.AsMemory(0, _length);
        _length = 0;
        return taken;
    }
}
