namespace Stork.Queues.Tests;

/// <summary>Consumers outside the process that are expected back after it has ended and begun again.</summary>
public sealed class ReturnTests
{
    private static readonly SubscriptionOptions Worker = new() { Owner = "worker", Remote = true };

    public static TheoryData<string> Ends => ["stopped", "killed", "killed twice", "snapshot"];

    [Theory]
    [MemberData(nameof(Ends))]
    public void What_a_remote_consumer_had_waits_for_its_return_over_a_restart(string end)
    {
        using var shard = new TestShard { SnapshotBytes = end == "snapshot" ? 1 : 0 };
        var former = Give(shard, Worker);
        End(shard, end);
        var other = shard.Subscribe("jobs", Worker with { Owner = "other", MaxInFlight = 9 });
        shard.Pass(TimeSpan.FromSeconds(14));
        var free = other.Next();
        TestShard.Text(free).ShouldBe("free");
        shard.Ack(free);
        other.Texts().ShouldBeEmpty("neither the job nor another of its key is for others yet, although they have nothing to do");
        var back = shard.Subscribe("jobs", Worker);
        var again = back.Next();
        TestShard.Text(again).ShouldBe("first");
        again.AckId.ShouldNotBe(former.AckId);
        again.FailureCount.ShouldBe(0);
        shard.Ack(again).ShouldBe(SettleOutcome.Done);
        shard.Pass(TimeSpan.FromSeconds(1));
        shard.Statistics("jobs").ShouldSatisfyAllConditions(s => s.Acked.ShouldBe(2), s => s.InFlight.ShouldBe(1));
    }

    [Theory]
    [MemberData(nameof(Ends))]
    public void What_it_does_not_come_back_for_goes_to_others_after_the_grace_uncounted(string end)
    {
        using var shard = new TestShard { SnapshotBytes = end == "snapshot" ? 1 : 0 };
        Give(shard, Worker);
        End(shard, end);
        var other = shard.Subscribe("jobs", new SubscriptionOptions { MaxInFlight = 9, AckTimeout = TimeSpan.FromHours(1) });
        shard.Pass(TimeSpan.FromSeconds(16));
        var came = other.DrainAll();
        came.Select(TestShard.Text).ShouldBe(["free", "first"]);
        came[1].FailureCount.ShouldBe(0);
        shard.Ack(came[1]);
        other.Texts().ShouldBe(["same key"]);
    }

    [Fact]
    public void An_inbox_remembers_what_had_arrived_over_a_restart()
    {
        using var shard = new TestShard();
        shard.Enqueue("inbox:1", "a");
        shard.Enqueue("inbox:1", "b");
        var sent = shard.Subscribe("inbox:1", Worker).DrainAll();
        shard.Kill();
        var back = shard.Subscribe("inbox:1", Worker with { ReceivedUpTo = sent[0].LeaseToken });
        back.Texts().ShouldBe(["b"], "the first is known to be there");
        shard.AckById(sent[0].AckId, "worker").ShouldBe(SettleOutcome.Done);
    }

    [Fact]
    public void An_answer_from_before_the_restart_is_in_time_within_the_grace()
    {
        using var shard = new TestShard();
        var former = Give(shard, Worker);
        shard.Kill();
        shard.AckById(former.AckId, "worker").ShouldBe(SettleOutcome.Done);
        shard.Subscribe("jobs", new SubscriptionOptions { MaxInFlight = 9 }).Texts().ShouldBe(["same key", "free"]);
    }

    [Fact]
    public void Who_cannot_be_recognised_is_not_waited_for()
    {
        using var shard = new TestShard();
        Give(shard, new SubscriptionOptions { Remote = true });
        shard.Kill();
        shard.Subscribe("jobs").Texts().ShouldBe(["first"]);
    }

    [Fact]
    public void Nothing_is_handed_out_once_deliveries_have_stopped()
    {
        using var shard = new TestShard();
        var held = Give(shard, Worker);
        var other = shard.Subscribe("jobs", new SubscriptionOptions { MaxInFlight = 9 });
        shard.Ack(other.Next()).ShouldBe(SettleOutcome.Done, "what is out may be settled");
        shard.Do(static core => core.State.Volatile.StopDeliveries());
        shard.Release(held);
        shard.Enqueue("jobs", "late");
        shard.Subscribe("jobs").IsEmpty.ShouldBeTrue();
        shard.Pass(TimeSpan.FromMinutes(5));
        other.IsEmpty.ShouldBeTrue();
        shard.Restart();
        shard.Subscribe("jobs", new SubscriptionOptions { MaxInFlight = 9 }).Texts().ShouldBe(["first", "late"]);
    }

    private static Delivery Give(TestShard shard, SubscriptionOptions options)
    {
        shard.Enqueue("jobs", TestShard.Message("first") with { Key = "k" });
        shard.Enqueue("jobs", TestShard.Message("same key") with { Key = "k" });
        shard.Enqueue("jobs", "free");
        return shard.Subscribe("jobs", options).Next();
    }

    private static void End(TestShard shard, string end)
    {
        if (end is "stopped" or "snapshot") shard.Restart();
        else shard.Kill();
        if (end == "killed twice") shard.Kill();
    }
}
