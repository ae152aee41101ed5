namespace Stork.Queues.Tests;

/// <summary>What was submitted before a store is closed is carried out, or its caller is told.</summary>
public sealed class ShutdownTests : IDisposable
{
    private const int Count = 20_000;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly string _directory = Directory.CreateTempSubdirectory("stork-queues-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Carries_out_everything_that_was_submitted_before_it_closes()
    {
        var options = new QueueStoreOptions { SegmentSize = 4 << 20, MinFreeBytes = 0 };
        await using (var store = await QueueStore.OpenAsync(_directory, options))
        {
            // More than one turn takes, of commands and of bytes.
            var queue = store.Queue("jobs");
            var stored = Enumerable.Range(0, Count).Select(_ => queue.EnqueueAsync(new byte[1500])).ToArray();
            await store.DisposeAsync();
            (await Task.WhenAll(stored).WaitAsync(s_patience, TimeProvider.System))[^1].Sequence.ShouldBe(Count);
            await Should.ThrowAsync<QueueException>(() => queue.EnqueueAsync(new byte[1]).WaitAsync(s_patience, TimeProvider.System));
        }

        await using (var store = await QueueStore.OpenAsync(_directory, options))
        {
            // Acknowledgements that nobody waits for, more than one turn takes.
            var consumers = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ =>
                store.Queue("jobs").SubscribeAsync(new SubscriptionOptions { MaxInFlight = 2000 })));
            var deliveries = new List<Delivery>();
            foreach (var consumer in consumers)
                for (var i = 0; i < 2000; i++)
                    deliveries.Add(await consumer.ReceiveAsync().AsTask().WaitAsync(s_patience, TimeProvider.System));
            foreach (var delivery in deliveries) delivery.Ack();
        }

        await using var again = await QueueStore.OpenAsync(_directory, options);
        (await again.Queue("jobs").GetStatisticsAsync())!.Acked.ShouldBe(10_000);
    }

    [Fact]
    public void Has_room_again_for_producers_that_the_full_disk_refused()
    {
        using var shard = new TestShard();
        shard.Enqueue("jobs", "first");
        shard.Disk.IsFull = true;
        var first = shard.SubmitAndTell("jobs", TestShard.Message("second"));
        shard.TurnOnce();
        var second = shard.SubmitAndTell("jobs", TestShard.Message("third"));
        shard.TurnOnce();
        second.IsFaulted.ShouldBeTrue("it is refused while the disk is full");
        shard.Shard.PendingBytes.ShouldBe(0);
        shard.Disk.IsFull = false;
        shard.Settle();
        first.IsCompletedSuccessfully.ShouldBeTrue();
    }

    [Fact]
    public void Tells_those_whose_message_the_full_disk_did_not_take_before_the_end()
    {
        using var shard = new TestShard();
        shard.Enqueue("jobs", "first");
        shard.Disk.IsFull = true;
        var stored = shard.SubmitAndTell("jobs", TestShard.Message("second"));
        shard.TurnOnce();
        stored.IsCompleted.ShouldBeFalse("it ran, and waits for room on the disk");
        shard.Shard.Close();
        (stored.Exception?.InnerException as QueueException)?.Code.ShouldBe(QueueErrorCode.StoreFailed);
        stored.IsFaulted.ShouldBeTrue();
    }
}
