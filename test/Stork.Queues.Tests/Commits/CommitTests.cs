using System.Text;
using Stork.Queues.Journal;
using Stork.Queues.Rules;
using Stork.Queues.Shards;
using Stork.Queues.State;
using Stork.Shared.Disk;

namespace Stork.Queues.Tests.Commits;

/// <summary>What makes frames durable is a seam: here a log of entries outside the shard's files, which takes them later,
/// or not at all.</summary>
public sealed class CommitTests
{
    private const long Start = 1_800_000_000_000;

    private readonly EntryLog _log = new();
    private readonly HeldWorker _worker = new();
    private long _time;

    [Fact]
    public void Nothing_is_told_before_the_commit_says_that_it_is_durable()
    {
        using var shard = Open(new MemoryDisk());
        var consumer = Subscribe(shard);
        var before = _log.Count;
        var enqueued = Enqueue(shard, "m");
        Turn(shard);
        Turn(shard);
        _worker.IsHolding.ShouldBeTrue();
        enqueued.IsCompleted.ShouldBeFalse();
        consumer.IsEmpty.ShouldBeTrue("the message is handed out, and nobody is told yet");

        // What comes meanwhile waits for its own commit, behind this one.
        var second = Enqueue(shard, "n");
        Turn(shard);
        second.IsCompleted.ShouldBeFalse();

        _worker.Release();
        _log.Count.ShouldBe(before + 1);
        enqueued.IsCompleted.ShouldBeFalse("the shard's own thread tells it");
        Turn(shard);
        enqueued.IsCompletedSuccessfully.ShouldBeTrue();
        consumer.Texts().ShouldBe(["m"]);
        second.IsCompleted.ShouldBeFalse();

        _worker.Release();
        Turn(shard);
        second.IsCompletedSuccessfully.ShouldBeTrue();
        consumer.Texts().ShouldBe(["n"]);
    }

    [Fact]
    public void A_refused_commit_poisons_the_shard_and_what_waited_for_it_fails()
    {
        using var shard = Open(new MemoryDisk());
        var consumer = Subscribe(shard);
        var stored = Enqueue(shard, "stored");
        Settle(shard);
        stored.IsCompletedSuccessfully.ShouldBeTrue();
        consumer.Texts().ShouldBe(["stored"]);

        // Another owner has taken over: its entry is where this shard's would be.
        _log.TryAppend(_log.Count, [], null).ShouldBeTrue();
        var lost = Enqueue(shard, "lost");
        Turn(shard);
        _worker.Release();
        Turn(shard);
        lost.Exception!.InnerException.ShouldBeOfType<QueueException>().Code.ShouldBe(QueueErrorCode.StoreFailed);
        shard.Failure.ShouldBeOfType<JournalFailedException>().Message.ShouldContain("Somebody else");
        consumer.IsEmpty.ShouldBeTrue("what was not taken is not delivered either");
        consumer.Closed.ShouldNotBeNull();
        var after = Enqueue(shard, "after");
        Turn(shard);
        after.Exception!.InnerException.ShouldBeOfType<QueueException>().Code.ShouldBe(QueueErrorCode.StoreFailed);

        using var successor = Open(_log.Rebuild());
        Bodies(successor).ShouldBe(["stored"]);
    }

    [Fact]
    public void Files_rebuilt_from_what_was_committed_open_as_always_with_all_that_was_told()
    {
        var told = new HashSet<string>();
        using (var shard = Open(new MemoryDisk()))
        {
            var consumer = Subscribe(shard);
            for (var i = 0; i < 400; i++)
            {
                var body = $"{i:D4}{new string('x', 3000)}";
                var enqueued = Enqueue(shard, body);
                Settle(shard);
                enqueued.IsCompletedSuccessfully.ShouldBeTrue();
                told.Add(body);

                // Most are settled, so that old segments go.
                foreach (var delivery in consumer.DrainAll())
                {
                    if (i % 10 == 0) continue;
                    var settled = new SettleCommand(delivery.Attempt, new Settlement(SettlementKind.Ack), fenced: false);
                    shard.Submit(settled);
                    Settle(shard);
                    settled.Task.IsCompletedSuccessfully.ShouldBeTrue();
                    told.Remove(TestShard.Text(delivery));
                }
            }

            // What nobody waits for is committed at the flush interval.
            _time += 1000;
            Settle(shard);
            shard.Journal.Segments[0].Id.ShouldBeGreaterThan(1u, "segments have begun and have gone");
        }

        using var successor = Open(_log.Rebuild());
        Bodies(successor).Order().ShouldBe(told.Order());
        var more = Enqueue(successor, "more");
        Settle(successor);
        more.IsCompletedSuccessfully.ShouldBeTrue();
    }

    private Shard Open(MemoryDisk disk)
    {
        var options = new ShardOptions
        {
            Store = TestShard.Store,
            SegmentSize = QueueStoreOptions.MinSegmentSize,
            AckIds = AckIdRange.ForShard(0, 1),
            Seed = 1,
            Configure = static (_, _) => null,
            KeepReserve = false,
            SyncWorker = _ => _worker,
            OverlapBytes = 0,
        };
        return Shard.Open(disk, options, new EntryCommit(_log), Start + _time, _time);
    }

    private TestConsumer Subscribe(Shard shard)
    {
        var consumer = new TestConsumer(shard);
        var subscribed = new Request<ConsumerState>(
            core => core.Subscribing.Subscribe(TestShard.Address("q"), new SubscriptionOptions { MaxInFlight = 1000 }, consumer));
        shard.Submit(subscribed);
        Settle(shard);
        subscribed.Task.IsCompletedSuccessfully.ShouldBeTrue();
        return consumer;
    }

    private static Task<EnqueueReceipt> Enqueue(Shard shard, string body)
    {
        var command = new EnqueueOneCommand(PreparedMessage.Create(TestShard.Address("q"), new Message(Encoding.UTF8.GetBytes(body))));
        shard.Submit(command);
        return command.Task;
    }

    private static List<string> Bodies(Shard shard)
    {
        var queue = shard.Core.State.Find(TestShard.Address("q"))!;
        var options = new BrowseOptions { Limit = BrowseOptions.MaxLimit, WithBody = true };
        return [.. shard.Core.Browsing.Browse(queue, options).Select(static m => Encoding.UTF8.GetString(m.Body!))];
    }

    private long? Turn(Shard shard) => shard.RunTurn(Start + _time, ++_time);

    /// <summary>Turns until nothing is left to do, with every commit taken.</summary>
    private void Settle(Shard shard)
    {
        for (var turns = 0; turns < 1000; turns++)
        {
            if (_worker.IsHolding) _worker.Release();
            if (Turn(shard) != 0 && !_worker.IsHolding) return;
        }

        throw new InvalidOperationException("The shard does not come to rest.");
    }
}
