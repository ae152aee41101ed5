using BenchmarkDotNet.Attributes;
using Stork.Protocol;
using Stork.Wire;

namespace Stork.MicroBenchmarks.Wire;

/// <summary>Packets that a connection cannot send yet: in, and out again.</summary>
[MemoryDiagnoser]
public class OutputQueueing
{
    private const int Packets = 64;

    private readonly OutputQueue _queue = new(1 << 20, SlowReaderPolicy.Disconnect);
    private readonly EncodedPacket _packet = new(EncodedFrame.Text(EnginePacketType.Message, new byte[100]), flags: PacketFlags.Droppable);

    [Benchmark(OperationsPerInvoke = Packets)]
    public int InAndOut()
    {
        var length = 0;
        for (var i = 0; i < Packets; i++) _queue.TryEnqueue(_packet);
        while (!_queue.IsEmpty) length += _queue.Dequeue().Length;
        return length;
    }
}
