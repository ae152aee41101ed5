using Stork.Queues.State;

namespace Stork.Queues.Tests;

/// <summary>Leases that end at consumers of which nobody knows whether they are still there.</summary>
public sealed class LivenessTests
{
    [Fact]
    public void A_lease_that_ends_at_a_consumer_that_is_heard_of_afterwards_is_a_failure()
    {
        using var shard = new TestShard();
        var liveness = new Liveness();
        shard.Enqueue("q", "a");
        var consumer = shard.Subscribe("q", new SubscriptionOptions { Remote = true, Liveness = liveness });
        consumer.Next();
        liveness.Heard++;
        shard.Pass(TimeSpan.FromSeconds(31));
        liveness.Probes.ShouldBe(1);
        shard.Statistics("q").InFlight.ShouldBe(1, "what was heard before says nothing");
        liveness.Heard++;
        shard.Pass(TimeSpan.FromSeconds(1));
        shard.Browse("q").ShouldHaveSingleItem().ShouldSatisfyAllConditions(
            m => m.State.ShouldBe(MessageState.Scheduled), m => m.FailureCount.ShouldBe(1));
    }

    [Fact]
    public void A_lease_that_ends_at_a_consumer_that_was_gone_already_counts_nothing()
    {
        using var shard = new TestShard();
        shard.Enqueue("inbox:1", "a");
        var consumer = shard.Subscribe("inbox:1", new SubscriptionOptions { Remote = true, Owner = "o", Liveness = new Liveness() });
        consumer.Next();
        shard.Pass(TimeSpan.FromSeconds(45));
        shard.Do(core => core.Detaching.Detach(consumer.State, Departure.Lost));
        shard.Pass(TimeSpan.FromSeconds(15));
        shard.Browse("inbox:1").ShouldHaveSingleItem().ShouldSatisfyAllConditions(
            m => m.State.ShouldBe(MessageState.Ready), m => m.FailureCount.ShouldBe(0));
    }

    [Fact]
    public void An_answer_or_more_time_are_welcome_while_the_proof_is_awaited()
    {
        using var shard = new TestShard();
        var liveness = new Liveness();
        shard.Enqueue("q", "a");
        shard.Enqueue("q", "b");
        var consumer = shard.Subscribe("q", new SubscriptionOptions { Remote = true, MaxInFlight = 2, Liveness = liveness });
        var (first, second) = (consumer.Next(), consumer.Next());
        shard.Pass(TimeSpan.FromSeconds(31));
        shard.Ack(first).ShouldBe(SettleOutcome.Done);
        shard.Extend(second).ShouldBe(SettleOutcome.Done);
        liveness.Heard++;
        shard.Pass(TimeSpan.FromSeconds(29));
        shard.Ack(second).ShouldBe(SettleOutcome.Done);
    }

    private sealed class Liveness : IConsumerLiveness
    {
        public long Heard { get; set; }

        public int Probes { get; private set; }

        public void Probe() => Probes++;
    }
}
