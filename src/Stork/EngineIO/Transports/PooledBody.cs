using System.Buffers;

namespace Stork.EngineIO.Transports;

/// <summary>The body of one POST in a pooled buffer that grows with what arrives, not with what is announced.</summary>
internal sealed class PooledBody : IDisposable
{
    public const int DefaultSize = 4096;

    /// <summary>An announced length above this is believed only as the bytes come in.</summary>
    private const int LargestInitialSize = 64 * 1024;

    private readonly int _limit;
    private byte[] _buffer;

    public PooledBody(int expected, int limit)
    {
        _limit = limit;
        _buffer = ArrayPool<byte>.Shared.Rent(Math.Clamp(expected + 1, DefaultSize, LargestInitialSize));
    }

    public int Length { get; set; }

    public Memory<byte> Memory => _buffer;

    /// <summary>Room for the next read; never much more than one byte over the limit, which is enough to see that it is exceeded.</summary>
    public Memory<byte> Free
    {
        get
        {
            if (Length == _buffer.Length) Grow();
            return _buffer.AsMemory(Length, Math.Min(_buffer.Length, _limit + 1) - Length);
        }
    }

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
    }

    private void Grow()
    {
        var larger = ArrayPool<byte>.Shared.Rent((int)Math.Min(_buffer.Length * 2L, _limit + 1L));
        _buffer.AsSpan(0, Length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }
}
