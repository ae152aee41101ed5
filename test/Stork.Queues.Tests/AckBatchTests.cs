using Stork.Queues.Shards;

namespace Stork.Queues.Tests;

/// <summary>Acknowledgements for whose outcome nobody waits: what comes one behind the other is one command.</summary>
public sealed class AckBatchTests
{
    private static readonly SubscriptionOptions Options = new() { Owner = "ann", MaxInFlight = 1000, Remote = true };

    [Fact]
    public void What_is_acknowledged_one_after_the_other_is_one_command()
    {
        using var shard = new TestShard();
        var deliveries = Deliver(shard, 100);
        foreach (var delivery in deliveries) Acknowledge(shard, delivery, byNumber: delivery.Sequence % 2 == 0);
        shard.Shard.Waiting.ShouldBe(1);
        shard.TurnOnce();
        shard.Shard.Waiting.ShouldBe(0);
        shard.Statistics("work").Acked.ShouldBe(100);
    }

    [Fact]
    public void A_batch_wakes_the_shard_once()
    {
        using var shard = new TestShard();
        var deliveries = Deliver(shard, 10);
        var woken = 0;
        shard.Shard.Wake = () => woken++;
        foreach (var delivery in deliveries) delivery.Ack();
        woken.ShouldBe(1);
    }

    [Fact]
    public void A_full_one_is_followed_by_the_next()
    {
        using var shard = new TestShard();
        var deliveries = Deliver(shard, AckBatch.MaxAcks + 1);
        foreach (var delivery in deliveries) delivery.Ack();
        shard.Shard.Waiting.ShouldBe(2);
        shard.TurnOnce();
        shard.Statistics("work").Acked.ShouldBe(AckBatch.MaxAcks + 1);
    }

    [Fact]
    public async Task What_else_is_said_keeps_its_place_among_them()
    {
        using var shard = new TestShard();
        var deliveries = Deliver(shard, 3);
        deliveries[0].Ack();
        var first = deliveries[0].NackAsync(error: "too late");
        var second = deliveries[1].RejectAsync("never");
        deliveries[1].Ack();
        deliveries[2].Ack();
        shard.Shard.Waiting.ShouldBe(4);
        shard.Settle();
        (await first).ShouldBe(SettleOutcome.AlreadySettled);
        (await second).ShouldBe(SettleOutcome.Done);
        shard.Statistics("work").ShouldSatisfyAllConditions(s => s.Acked.ShouldBe(2), s => s.DeadLettered.ShouldBe(1));
    }

    [Fact]
    public void One_that_does_not_count_spoils_none_of_the_others()
    {
        using var shard = new TestShard();
        var deliveries = Deliver(shard, 4);
        shard.Ack(deliveries[1]).ShouldBe(SettleOutcome.Done);
        deliveries[0].Ack();
        deliveries[1].Ack();
        shard.Shard.Acknowledge(new AckBatch.Ack(deliveries[2].AckId, "somebody else"));
        shard.Shard.Acknowledge(new AckBatch.Ack(1_000_000, "ann"));
        deliveries[3].Ack();
        shard.Shard.Waiting.ShouldBe(1);
        shard.TurnOnce();
        shard.Statistics("work").ShouldSatisfyAllConditions(s => s.Acked.ShouldBe(3), s => s.InFlight.ShouldBe(1));
        shard.Core.Counters.UnknownAcks.ShouldBe(2);
    }

    [Fact]
    public void What_another_of_the_batch_has_settled_is_unknown_by_its_number()
    {
        using var shard = new TestShard();
        var deliveries = Deliver(shard, 2);
        for (var i = 0; i < 2; i++) Acknowledge(shard, deliveries[0], byNumber: true);
        deliveries[1].Ack();
        Acknowledge(shard, deliveries[1], byNumber: true);
        shard.Shard.Waiting.ShouldBe(1);
        shard.TurnOnce();
        shard.Statistics("work").Acked.ShouldBe(2);
        shard.Core.Counters.UnknownAcks.ShouldBe(2);
    }

    /// <summary>Frames of this size end within nearly every batch, and a segment within most.</summary>
    [Fact]
    public void What_a_segment_has_no_room_for_goes_on_in_the_next()
    {
        using var shard = new TestShard();
        var consumer = shard.Subscribe("work", Options);
        for (var round = 0; round < 60; round++)
        {
            foreach (var delivery in Deliver(shard, consumer, 200)) delivery.Ack();
            shard.Settle();
            shard.Statistics("work").InFlight.ShouldBe(0);
        }

        shard.Shard.Journal.Segments[^1].Id.ShouldBeGreaterThan(3u);
        shard.Restart();
        shard.Statistics("work").ShouldSatisfyAllConditions(s => s.Acked.ShouldBe(60 * 200), s => s.Ready.ShouldBe(0));
    }

    [Fact]
    public void A_closed_shard_takes_none()
    {
        using var shard = new TestShard();
        var deliveries = Deliver(shard, 1);
        shard.Shard.CloseInbox();
        deliveries[0].Ack();
        shard.Shard.Waiting.ShouldBe(0);
    }

    private static List<Delivery> Deliver(TestShard shard, int count) => Deliver(shard, shard.Subscribe("work", Options), count);

    private static List<Delivery> Deliver(TestShard shard, TestConsumer consumer, int count)
    {
        for (var i = 0; i < count; i += 50)
            shard.Enqueue([.. Enumerable.Range(i, Math.Min(50, count - i)).Select(n => ("work", TestShard.Message($"{n}")))]);
        var deliveries = consumer.DrainAll();
        deliveries.Count.ShouldBe(count);
        return deliveries;
    }

    private static void Acknowledge(TestShard shard, Delivery delivery, bool byNumber)
    {
        if (byNumber) shard.Shard.Acknowledge(new AckBatch.Ack(delivery.AckId, "ann"));
        else delivery.Ack();
    }
}
