using System.Buffers;
using BenchmarkDotNet.Attributes;
using Stork.EngineIO.WebSockets;
using Stork.Wire;

namespace Stork.MicroBenchmarks.WebSockets;

/// <summary>Frames of a client read, those of a server written.</summary>
[MemoryDiagnoser]
public class Frames : IDisposable
{
    private readonly WebSocketMessageReader _reader = new(1 << 20);
    private readonly byte[] _header = new byte[WebSocketFrame.MaxHeaderLength];
    private byte[] _payload = [];
    private byte[] _unmasked = [];
    private byte[] _frame = [];

    [Params(64, 4096)]
    public int Length { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _payload = [.. Enumerable.Range(0, Length).Select(static i => (byte)('a' + (i % 26)))];
        _unmasked = new byte[Length];
        _frame = ClientFrame.Text(_payload);
    }

    /// <summary>A whole masked text frame: header, unmasking, check of the UTF-8.</summary>
    [Benchmark, AllocationFree]
    public int Read()
    {
        var bytes = new ReadOnlySequence<byte>(_frame);
        var length = _reader.TryRead(ref bytes, out var message)
            ? message.Payload.Length
            : throw new InvalidOperationException("The frame is not whole.");
        _reader.ReleaseBuffers();
        return length;
    }

    [Benchmark, AllocationFree]
    public void Unmask() => WebSocketMask.Copy(_payload, _unmasked, 0x12345678, 0);

    [Benchmark, AllocationFree]
    public int WriteHeader() => WebSocketFrame.WriteHeader(_header, WebSocketOpcode.Text, Length);

    [GlobalCleanup]
    public void Dispose()
    {
        _reader.Dispose();
        GC.SuppressFinalize(this);
    }
}
