using Stork.Queues.State;

namespace Stork.Queues.Tests;

public sealed class DurabilityTests
{
    [Fact]
    public void Tells_a_buffered_producer_before_the_sync_which_comes_within_the_flush_interval()
    {
        using var shard = new TestShard { Durability = Durability.Buffered };
        shard.Restart();
        shard.Pass(TimeSpan.FromSeconds(1));
        shard.Enqueue("jobs", "first");
        shard.Pass(TimeSpan.FromSeconds(1));
        var syncs = shard.Shard.Journal.Syncs;
        shard.Enqueue("jobs", "a").Sequence.ShouldBe(2);
        shard.Shard.Journal.Syncs.ShouldBe(syncs, "told without a sync");
        shard.Shard.Journal.HasUnsynced.ShouldBeTrue();
        shard.Pass(TimeSpan.FromMilliseconds(50));
        shard.Shard.Journal.HasUnsynced.ShouldBeFalse();
        shard.CutPower();
        shard.Statistics("jobs").Ready.ShouldBe(2);
    }

    [Fact]
    public void Keeps_buffered_messages_over_the_end_of_the_process_and_loses_only_young_ones_at_a_power_cut()
    {
        using var shard = new TestShard { Durability = Durability.Buffered };
        shard.Restart();
        var lost = 0;
        for (var round = 1; round <= 50; round++)
        {
            shard.Enqueue("jobs", "old");
            shard.Pass(TimeSpan.FromMilliseconds(60));
            var before = shard.Statistics("jobs").Ready;
            shard.Enqueue("jobs", "young");
            shard.Kill();
            shard.Statistics("jobs").Ready.ShouldBe(before + 1, "the process may end at any time");
            shard.Pass(TimeSpan.FromMilliseconds(60));
            shard.Enqueue("jobs", "younger");
            shard.CutPower();
            var after = shard.Statistics("jobs").Ready;
            after.ShouldBeInRange(before + 1, before + 2);
            if (after == before + 1) lost++;
        }

        lost.ShouldBeInRange(1, 50, "this disk does lose what was not synced, so the promise is no larger than that");
    }

    [Fact]
    public async Task Leaves_nothing_on_disk_with_memory_durability()
    {
        var directory = Path.Combine(Path.GetTempPath(), "stork-memory-" + Guid.NewGuid().ToString("N"));
        var options = new QueueStoreOptions { Durability = Durability.Memory, SegmentSize = QueueStoreOptions.MinSegmentSize };
        await using (var store = await QueueStore.OpenAsync(directory, options))
        {
            var queue = store.Queue("jobs");
            for (var i = 0; i < 500; i++) await queue.EnqueueAsync(new byte[1000]);
            await using var consumer = await queue.SubscribeAsync();
            for (var i = 0; i < 400; i++) (await (await consumer.ReceiveAsync()).AckAsync()).ShouldBe(SettleOutcome.Done);
            (await queue.GetStatisticsAsync())!.Acked.ShouldBe(400);
            store.Health.IsHealthy.ShouldBeTrue();
        }

        Directory.Exists(directory).ShouldBeFalse();
        await using var again = await QueueStore.OpenAsync(directory, options);
        (await again.ListQueuesAsync()).ShouldBeEmpty();
    }

    [Fact]
    public void Wraps_ack_ids_around_and_skips_those_that_are_still_out()
    {
        using var shard = new TestShard { AckIds = new AckIdRange(1, 64, 16) };
        shard.Restart();
        shard.Enqueue("inbox:1", "held");
        var held = shard.Subscribe("inbox:1", new SubscriptionOptions { Owner = "o", AckTimeout = TimeSpan.FromDays(1) }).Next();
        var consumer = shard.Subscribe("jobs", new SubscriptionOptions { Owner = "o" });
        var ids = new List<int>();
        for (var i = 0; i < 300; i++)
        {
            shard.Enqueue("jobs", "m");
            var delivery = consumer.Next();
            ids.Add(delivery.AckId);
            shard.AckById(delivery.AckId, "o").ShouldBe(SettleOutcome.Done);
        }

        ids.ShouldAllBe(id => id >= 1 && id <= 64 && id != held.AckId);
        ids.Distinct().Count().ShouldBeLessThan(64, "they came around");
        shard.AckById(held.AckId, "o").ShouldBe(SettleOutcome.Done);
        shard.Statistics("inbox:1").Acked.ShouldBe(1);
    }
}
