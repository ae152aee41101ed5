namespace Stork.Queues.Tests;

/// <summary>Consumers that give back what they get, for ever.</summary>
public sealed class ReleaseTests
{
    [Theory]
    [InlineData("jobs", 1, false)]
    [InlineData("jobs", 50, false)]
    [InlineData("inbox:1", 32, true)]
    public void A_consumer_that_gives_everything_back_gets_it_no_faster_than_the_queue_allows(string queue, int maxInFlight, bool remote)
    {
        using var shard = new TestShard((queue, (remote ? QueueOptions.Inbox : QueueOptions.Work) with { MaxReleasesPerSecond = 5 }));
        for (var i = 0; i < 60; i++) shard.Enqueue(queue, "m");
        var consumer = shard.Subscribe(queue, new SubscriptionOptions { MaxInFlight = maxInFlight, Remote = remote });
        var deliveries = ReleaseForEver(shard, consumer, seconds: 20);
        deliveries.ShouldBeInRange(5 * 20, Math.Max(maxInFlight, 5) + (5 * 20) + maxInFlight);
        shard.Statistics(queue).DeadLettered.ShouldBe(0);
    }

    [Fact]
    public void Leaving_and_coming_back_is_no_way_around_it()
    {
        using var shard = new TestShard();
        shard.Enqueue("jobs", "m");
        var deliveries = 0;
        for (var i = 0; i < 2000; i++)
        {
            var consumer = shard.Subscribe("jobs", new SubscriptionOptions { Owner = "o", Remote = true });
            deliveries += consumer.DrainAll().Count;
            shard.Do(core => core.Subscribing.Unsubscribe(consumer.State));
            shard.Pass(TimeSpan.FromMilliseconds(5));
        }

        deliveries.ShouldBeInRange(90, 120, "10 at once, and 10 a second in 10 seconds");
    }

    [Fact]
    public void Others_get_at_once_what_one_gives_back()
    {
        using var shard = new TestShard();
        shard.Enqueue("jobs", "m");
        var first = shard.Subscribe("jobs");
        ReleaseForEver(shard, first, seconds: 2);
        foreach (var delivery in first.DrainAll()) shard.Release(delivery);
        first.State.Held.ShouldBeTrue();
        shard.Subscribe("jobs").Texts().ShouldBe(["m"]);
    }

    [Fact]
    public void Once_it_stops_the_consumer_is_as_fast_as_ever_and_nothing_is_remembered()
    {
        using var shard = new TestShard();
        shard.Enqueue("jobs", "m");
        var consumer = shard.Subscribe("jobs", new SubscriptionOptions { Owner = "o", Remote = true });
        ReleaseForEver(shard, consumer, seconds: 2);
        shard.Pass(TimeSpan.FromSeconds(1));
        shard.Ack(consumer.Next());
        shard.Pass(TimeSpan.FromSeconds(5));
        for (var i = 0; i < 100; i++)
        {
            shard.Enqueue("jobs", "m");
            shard.Ack(consumer.Next());
        }

        shard.Do(core => core.Subscribing.Unsubscribe(consumer.State));
        shard.Pass(TimeSpan.FromMinutes(2));
        shard.AskQueue("jobs", static (_, queue) => queue.Work).ShouldBeNull();
    }

    [Fact]
    public void A_consumer_outside_the_process_postpones_a_message_no_longer_than_the_queue_allows()
    {
        using var shard = new TestShard(("jobs", QueueOptions.Work with { MaxNackDelay = TimeSpan.FromMinutes(5) }));
        shard.Enqueue("jobs", "m");
        var year = (long)TimeSpan.FromDays(365).TotalMilliseconds;
        var remote = shard.Subscribe("jobs", new SubscriptionOptions { Remote = true });
        shard.Nack(remote.Next(), year);
        shard.Pass(TimeSpan.FromMinutes(5));
        remote.Texts().ShouldBe(["m"]);
        shard.Do(core => core.Subscribing.Unsubscribe(remote.State));
        shard.Nack(shard.Subscribe("jobs").Next(), year);
        shard.Pass(TimeSpan.FromMinutes(6));
        shard.Statistics("jobs").Scheduled.ShouldBe(1, "code of the process may");
    }

    private static int ReleaseForEver(TestShard shard, TestConsumer consumer, int seconds)
    {
        var deliveries = 0;
        for (var step = 0; step < seconds * 100; step++)
        {
            for (var turns = 0; turns < 100 && !consumer.IsEmpty; turns++)
            {
                var came = consumer.DrainAll();
                deliveries += came.Count;
                foreach (var delivery in came) shard.Release(delivery);
            }

            shard.Pass(TimeSpan.FromMilliseconds(10));
        }

        return deliveries;
    }
}
