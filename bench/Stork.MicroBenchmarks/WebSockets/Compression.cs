using System.Text;
using BenchmarkDotNet.Attributes;
using Stork.EngineIO.WebSockets.Compression;
using Stork.Wire;

namespace Stork.MicroBenchmarks.WebSockets;

/// <summary>JSON compressed and inflated, each message by itself, or with those before it.</summary>
[MemoryDiagnoser]
public class Compression : IDisposable
{
    private const int WindowBits = 15;

    // Different ones, as with context takeover a message that was there before is all but nothing.
    private readonly byte[][] _messages = new byte[64][];
    private MessageDeflater _deflater = null!;
    private MessageInflater _inflater = null!;
    private byte[] _payload = [];
    private int _next;

    [Params(1024, 16 * 1024)]
    public int Length { get; set; }

    [Params(false, true)]
    public bool TakesOver { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        var random = new Random(1);
        for (var i = 0; i < _messages.Length; i++) _messages[i] = CreateJson(random);
        _deflater = new MessageDeflater(WindowBits, TakesOver);
        _inflater = new MessageInflater(WindowBits, TakesOver);
        using var deflater = new MessageDeflater(WindowBits, takesOver: false);
        var frame = deflater.Deflate(_messages[0], isBinary: false);
        var isShort = frame.Length - WebSocketFrame.ShortHeaderLength < 126;
        _payload = frame[(isShort ? WebSocketFrame.ShortHeaderLength : WebSocketFrame.GetHeaderLength(Length))..];
    }

    /// <summary>The length of the frame.</summary>
    [Benchmark]
    public int Deflate() => _deflater.Deflate(_messages[_next++ % _messages.Length], isBinary: false).Length;

    [Benchmark, AllocatesAtMost(160)]
    public int Inflate()
    {
        var length = _inflater.Inflate(_payload, maxLength: 1 << 20).Length;
        _inflater.ReleaseBuffer();
        return length;
    }

    [GlobalCleanup]
    public void Dispose()
    {
        _deflater.Dispose();
        _inflater.Dispose();
        GC.SuppressFinalize(this);
    }

    private byte[] CreateJson(Random random)
    {
        var text = new StringBuilder("42[\"prices\",[");
        while (text.Length < Length)
        {
            var (id, name, price) = (random.Next(1_000_000), random.Next(1_000), random.Next(100_000));
            text.Append($"{{\"id\":{id},\"name\":\"article {name}\",\"price\":{price},\"inStock\":true}},");
        }

        return Encoding.ASCII.GetBytes(text.ToString(0, Length));
    }
}
