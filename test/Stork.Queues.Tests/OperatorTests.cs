namespace Stork.Queues.Tests;

public sealed class OperatorTests
{
    [Fact]
    public void Holds_deliveries_back_while_paused_also_over_a_restart()
    {
        using var shard = new TestShard();
        shard.Enqueue("q", "a");
        Pause(shard, true);
        shard.Kill();
        var consumer = shard.Subscribe("q");
        consumer.IsEmpty.ShouldBeTrue();
        Pause(shard, false);
        TestShard.Text(consumer.Next()).ShouldBe("a");
    }

    [Fact]
    public void Purges_what_is_not_out_at_a_consumer()
    {
        using var shard = new TestShard();
        for (var i = 0; i < 5; i++) shard.Enqueue("q", "m" + i);
        var out1 = shard.Subscribe("q").Next();
        shard.AskQueue("q", static (core, queue) => core.Operating.Purge(queue)).ShouldBe(4);
        shard.Ack(out1).ShouldBe(SettleOutcome.Done);
        shard.Kill();
        var numbers = shard.Statistics("q");
        numbers.Purged.ShouldBe(4);
        numbers.Acked.ShouldBe(1);
        numbers.Enqueued.ShouldBe(5);
    }

    [Fact]
    public void Shows_messages_by_state_without_taking_them()
    {
        using var shard = new TestShard();
        shard.Enqueue("q", TestShard.Message("out") with { Key = "k", Subject = "s" });
        shard.Enqueue("q", "ready");
        shard.Enqueue("q", TestShard.Message("later") with { Delay = TimeSpan.FromMinutes(1) });
        shard.Subscribe("q").Next();
        shard.Browse("q").Select(static m => m.State).ShouldBe(
            [MessageState.InFlight, MessageState.Ready, MessageState.Scheduled], ignoreOrder: true);
        var scheduled = shard.Browse("q", new BrowseOptions { State = MessageState.Scheduled, WithBody = true }).ShouldHaveSingleItem();
        scheduled.DueAt.ShouldNotBeNull();
        scheduled.Body.ShouldBe("later"u8.ToArray());
    }

    [Fact]
    public void Replays_what_is_retained()
    {
        using var shard = new TestShard(("inbox:1", QueueOptions.Inbox with { Retention = TimeSpan.FromHours(1) }));
        for (var i = 1; i <= 4; i++) shard.Enqueue("inbox:1", "m" + i);
        var consumer = shard.Subscribe("inbox:1");
        foreach (var delivery in consumer.DrainAll()) shard.Ack(delivery);
        shard.Statistics("inbox:1").Retained.ShouldBe(4);
        shard.Kill();
        consumer = shard.Subscribe("inbox:1");
        shard.AskQueue("inbox:1", static (core, queue) => core.Operating.Seek(queue, 3)).ShouldBe(2);
        consumer.Texts().ShouldBe(["m3", "m4"]);
        shard.Pass(TimeSpan.FromHours(2));
        shard.Statistics("inbox:1").Retained.ShouldBe(0);
    }

    private static void Pause(TestShard shard, bool paused) => shard.AskQueue("q", (core, queue) =>
    {
        core.Operating.Pause(queue, paused);
        return 0;
    });
}
