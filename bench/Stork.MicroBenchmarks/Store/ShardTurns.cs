extern alias queues;

using BenchmarkDotNet.Attributes;
using Stork.Queues;
using Stork.Queues.Journal;
using Stork.Queues.Shards;
using Stork.Queues.State;
using MemoryDisk = queues::Stork.Shared.Disk.MemoryDisk;

namespace Stork.MicroBenchmarks.Store;

/// <summary>Turns of a shard that this thread calls itself.</summary>
[MemoryDiagnoser]
public class ShardTurns
{
    private const int Batch = 64;
    private const long Start = 1_800_000_000_000;
    private const int BodyBytes = 200;

    private readonly Sink _sink = new();
    private Shard _shard = null!;
    private Stork.Queues.Rules.PreparedMessage _message;
    private long _time;

    [GlobalSetup]
    public void Setup()
    {
        var disk = new MemoryDisk();
        var shardOptions = new ShardOptions
        {
            Store = Guid.NewGuid(),
            SegmentSize = QueueStoreOptions.MinSegmentSize,
            AckIds = AckIdRange.ForShard(0, 1),
            Durability = Durability.Memory,
            Seed = 1,
            Configure = static (_, _) => null,
            KeepReserve = false,
        };
        _shard = Shard.Open(disk, shardOptions, new DiskCommit(disk, new EndFile(disk, "00.end", shardOptions.Store, 0)), Start, _time);
        _sink.Shard = _shard;
        var queue = new QueueAddress(QueueKind.Work, "work");
        var options = new SubscriptionOptions { MaxInFlight = Batch, Remote = true, Owner = "ann" };
        _shard.Submit(new Request<ConsumerState>(
            core => core.Subscribing.Subscribe(queue, options, _sink)));
        _message = Stork.Queues.Rules.PreparedMessage.Create(queue, new Message(new byte[BodyBytes]));
        for (var i = 0; i < Batch; i++)
        {
            _shard.Submit(new EnqueueOneCommand(_message));
            Turn();
        }

        Turn();
        if (_sink.Deliveries.Count != Batch) throw new InvalidOperationException("Not all messages were delivered.");
        Acknowledge();
    }

    /// <summary>Acknowledgements from their coming to the end of the turn that runs them: of what is settled already, so that nothing
    /// is written and nothing grows.</summary>
    [Benchmark(OperationsPerInvoke = Batch), AllocationFree]
    public long Acknowledge()
    {
        foreach (var delivery in _sink.Deliveries) delivery.Ack();
        if (_shard.Waiting != 1) throw new InvalidOperationException("They are not one command.");
        Turn();
        return _shard.Done;
    }

    /// <summary>Messages from their coming over their delivery to the end of the turn that settles them. What is allocated of each: its
    /// command with the task of the receipt, a copy of the stored bytes, and two objects that stand for the hand-out.</summary>
    [Benchmark(OperationsPerInvoke = Batch), AllocatesAtMost(BodyBytes + 600)]
    public long Deliver()
    {
        _sink.Deliveries.Clear();
        for (var i = 0; i < Batch; i++) _shard.Submit(new EnqueueOneCommand(_message));
        Turn();
        if (_sink.Deliveries.Count != Batch) throw new InvalidOperationException("Not all messages were delivered.");
        foreach (var delivery in _sink.Deliveries) _shard.Acknowledge(new AckBatch.Ack(delivery.AckId, "ann"));
        Turn();
        return _shard.Done;
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        _shard.Close();
        _shard.Dispose();
    }

    private void Turn() => _ = _shard.RunTurn(Start + ++_time, _time);

    private sealed class Sink : IDeliverySink
    {
        public Shard Shard { get; set; } = null!;

        public List<Delivery> Deliveries { get; } = [];

        public bool Deliver(in HandOut handOut)
        {
            Deliveries.Add(new Delivery(Shard, handOut));
            return false;
        }

        public void Close(Exception? failure)
        {
            // The deliveries stay.
        }
    }
}
