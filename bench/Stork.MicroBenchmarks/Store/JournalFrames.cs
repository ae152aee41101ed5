extern alias queues;

using BenchmarkDotNet.Attributes;
using Stork.Queues.Journal;
using Crc32C = queues::Stork.Shared.Crc32C;

namespace Stork.MicroBenchmarks.Store;

/// <summary>What a turn of the store writes: a frame of records, each with its checksum, and one over all.</summary>
[MemoryDiagnoser]
public class JournalFrames
{
    private const int Records = 64;

    private readonly byte[] _image = new byte[64 * 1024];
    private readonly byte[] _body = new byte[200];
    private readonly FrameBuilder _frame = new();

    [Benchmark(OperationsPerInvoke = Records), AllocationFree]
    public int Build()
    {
        _frame.Use(_image);
        _frame.Reset(segment: 1, _image.Length, offset: 0, firstLsn: 1);
        for (var i = 0; i < Records; i++)
        {
            _frame.Begin(RecordKind.Queue);
            _frame.Number(i);
            _frame.Bytes(_body);
            _frame.End();
        }

        return _frame.Seal(syncedLsn: 0, wallClock: 0, salt: 0).Length;
    }

    [Benchmark, AllocationFree]
    public uint Checksum() => Crc32C.Of(_image);
}
