namespace Stork.Queues.Tests;

public sealed class FlowTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Theory]
    [InlineData(10, 10)]
    [InlineData(0.5, 0)]
    [InlineData(200, 200)]
    public void Delivers_no_more_messages_a_second_than_the_queue_allows(double rate, int inOne)
    {
        using var shard = new TestShard(("q", QueueOptions.Work with { MaxPerSecond = rate }));
        for (var i = 0; i < 2000; i++) shard.Enqueue("q", "m");
        var consumer = shard.Subscribe("q", new SubscriptionOptions { MaxInFlight = 2000 });
        var burst = Math.Max(1, (int)(rate / 10));
        consumer.DrainAll().Count.ShouldBe(burst);
        shard.Pass(Second);
        consumer.DrainAll().Count.ShouldBe(inOne);
        shard.Pass(Second * 3);
        consumer.DrainAll().Count.ShouldBe((int)(rate * 4) - inOne);
        Gone(shard, consumer);
        shard.Pass(TimeSpan.FromMilliseconds(1));
        shard.Subscribe("q", new SubscriptionOptions { MaxInFlight = 2000 }).DrainAll().Count.ShouldBeLessThanOrEqualTo(
            1, "coming anew does not get around it");
    }

    [Fact]
    public void Has_no_more_messages_out_at_all_consumers_than_the_queue_allows()
    {
        using var shard = new TestShard(("q", QueueOptions.Work with { MaxConcurrency = 3 }));
        for (var i = 0; i < 10; i++) shard.Enqueue("q", "m");
        var one = shard.Subscribe("q", new SubscriptionOptions { MaxInFlight = 5 });
        var two = shard.Subscribe("q", new SubscriptionOptions { MaxInFlight = 5 });
        var held = one.DrainAll().Concat(two.DrainAll()).ToList();
        held.Count.ShouldBe(3);
        shard.Nack(held[0], delay: 60_000);
        shard.Ack(held[1]);
        one.DrainAll().Concat(two.DrainAll()).Count().ShouldBe(2);
        shard.Pass(TimeSpan.FromSeconds(31));
        shard.Statistics("q").InFlight.ShouldBe(3, "leases that ended make room too");
    }

    [Fact]
    public void Gives_a_message_of_an_inbox_to_every_consumer_though_only_one_may_be_out()
    {
        using var shard = new TestShard(("inbox:1", QueueOptions.Inbox with { MaxConcurrency = 1 }));
        var phone = shard.Subscribe("inbox:1");
        var laptop = shard.Subscribe("inbox:1");
        shard.Enqueue("inbox:1", "a");
        shard.Enqueue("inbox:1", "b");
        var first = phone.DrainAll().ShouldHaveSingleItem();
        laptop.Texts().ShouldBe(["a"]);
        shard.Ack(first);
        phone.Texts().ShouldBe(["b"]);
        laptop.Texts().ShouldBe(["b"]);
    }

    [Fact]
    public void Opens_the_breaker_when_most_deliveries_fail_and_tries_one_after_the_break()
    {
        var breaker = new CircuitBreaker { SampleSize = 4, FailureRate = 0.5, Break = TimeSpan.FromSeconds(10) };
        using var shard = new TestShard(("q", QueueOptions.Work with { Breaker = breaker, Backoff = TimeSpan.Zero, MaxFailures = 100 }));
        for (var i = 0; i < 20; i++) shard.Enqueue("q", "m");
        var consumer = shard.Subscribe("q", new SubscriptionOptions { MaxInFlight = 1 });
        shard.Ack(consumer.Next());
        shard.Nack(consumer.Next());
        shard.Ack(consumer.Next());
        shard.Statistics("q").BreakerOpen.ShouldBeFalse();
        shard.Nack(consumer.Next());
        shard.Statistics("q").BreakerOpen.ShouldBeTrue("two of four failed");
        consumer.IsEmpty.ShouldBeTrue();
        shard.Core.Counters.BreakerOpenings.ShouldBe(1);

        shard.Pass(TimeSpan.FromSeconds(9));
        consumer.IsEmpty.ShouldBeTrue();
        var second = shard.Subscribe("q", new SubscriptionOptions { MaxInFlight = 5 });
        shard.Pass(Second);
        var trial = consumer.DrainAll().Concat(second.DrainAll()).ShouldHaveSingleItem("one is tried");
        shard.Nack(trial);
        consumer.DrainAll().Concat(second.DrainAll()).ShouldBeEmpty();
        shard.Core.Counters.BreakerOpenings.ShouldBe(2);

        shard.Pass(TimeSpan.FromSeconds(10));
        shard.Ack(consumer.DrainAll().Concat(second.DrainAll()).ShouldHaveSingleItem());
        shard.Statistics("q").BreakerOpen.ShouldBeFalse();
        consumer.DrainAll().Concat(second.DrainAll()).Count().ShouldBe(6);
    }

    [Fact]
    public void Does_not_open_the_breaker_for_what_is_released_or_rejected()
    {
        using var shard = new TestShard(("q", QueueOptions.Work with { Breaker = new CircuitBreaker { SampleSize = 2 } }));
        for (var i = 0; i < 10; i++) shard.Enqueue("q", "m");
        var consumer = shard.Subscribe("q");
        for (var i = 0; i < 5; i++) shard.Reject(consumer.Next());
        for (var i = 0; i < 5; i++) shard.Release(consumer.Next());
        consumer.IsEmpty.ShouldBeFalse();
    }

    [Theory]
    [InlineData(0, 1, 1)]
    [InlineData(1, 0, 1)]
    [InlineData(1, 1, 0)]
    public void Refuses_limits_that_would_stop_a_queue(double perSecond, int concurrency, double failureRate)
    {
        var breaker = new CircuitBreaker { FailureRate = failureRate };
        var options = QueueOptions.Work with { MaxPerSecond = perSecond, MaxConcurrency = concurrency, Breaker = breaker };
        Should.Throw<QueueException>(options.Validate).Code.ShouldBe(QueueErrorCode.Invalid);
    }

    private static void Gone(TestShard shard, TestConsumer consumer) => shard.Do(core => core.Subscribing.Unsubscribe(consumer.State));
}
