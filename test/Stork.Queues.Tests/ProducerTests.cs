namespace Stork.Queues.Tests;

public sealed class ProducerTests
{
    [Fact]
    public void Stores_a_repeated_id_once_and_returns_the_first_receipt_also_after_a_power_cut()
    {
        using var shard = new TestShard();
        var message = TestShard.Message("order") with { DedupId = "order 7" };
        var first = shard.Enqueue("orders", message);
        shard.Enqueue("orders", message).ShouldBe(first with { Duplicate = true });
        shard.CutPower();
        shard.Enqueue("orders", message).ShouldBe(first with { Duplicate = true });
        shard.Enqueue("others", message).Duplicate.ShouldBeFalse("the scope of an id is its queue");
        shard.Pass(TimeSpan.FromHours(24));
        shard.Enqueue("orders", message).Duplicate.ShouldBeFalse("the window is over");
        shard.Statistics("orders").Ready.ShouldBe(2);
    }

    [Fact]
    public void Remembers_ids_and_producers_whose_messages_were_reclaimed()
    {
        using var shard = new TestShard();
        var message = TestShard.Message("once") with { DedupId = "x" };
        var counted = TestShard.Message("counted") with { Producer = "p", ProducerSequence = 5 };
        var first = shard.Enqueue("q", message);
        var second = shard.Enqueue("q", counted);
        var consumer = shard.Subscribe("q", new SubscriptionOptions { MaxInFlight = 10 });
        foreach (var delivery in consumer.DrainAll()) shard.Ack(delivery);
        for (var i = 0; i < 600; i++)
        {
            shard.Enqueue("filler", new Message(new byte[2000]));
            if (i == 0) shard.Subscribe("filler");
            shard.AskQueue("filler", static (core, queue) => core.Operating.Purge(queue));
        }

        shard.Shard.Journal.Segments[0].Id.ShouldBeGreaterThan(1u, "the first segment was reclaimed");
        shard.Kill();
        shard.Enqueue("q", message).ShouldBe(first with { Duplicate = true });
        shard.Enqueue("q", counted).ShouldBe(second with { Duplicate = true });
    }

    [Fact]
    public void Takes_rising_numbers_of_a_producer_only()
    {
        using var shard = new TestShard();
        Message Numbered(long number) => TestShard.Message("m") with { Producer = "p", ProducerSequence = number };
        var first = shard.Enqueue("q", Numbered(10));
        shard.Enqueue("q", Numbered(10)).ShouldBe(first with { Duplicate = true });
        shard.Enqueue("q", Numbered(9)).Duplicate.ShouldBeTrue();
        shard.Enqueue("q", Numbered(11)).Duplicate.ShouldBeFalse();
        shard.Statistics("q").Ready.ShouldBe(2);
    }

    [Fact]
    public void Holds_a_delayed_message_back_and_lets_others_pass()
    {
        using var shard = new TestShard();
        shard.Enqueue("inbox:1", TestShard.Message("later") with { Delay = TimeSpan.FromMinutes(1) });
        shard.Enqueue("inbox:1", "now");
        var consumer = shard.Subscribe("inbox:1");
        var now = consumer.Next();
        TestShard.Text(now).ShouldBe("now");
        shard.Ack(now);
        shard.Pass(TimeSpan.FromSeconds(59));
        consumer.IsEmpty.ShouldBeTrue();
        shard.Pass(TimeSpan.FromSeconds(1));
        consumer.Texts().ShouldBe(["later"]);
    }

    [Fact]
    public void Never_delivers_an_expired_message()
    {
        using var shard = new TestShard();
        shard.Enqueue("q", TestShard.Message("brief") with { TimeToLive = TimeSpan.FromMilliseconds(500) });
        shard.Enqueue("q", "lasting");
        shard.Pass(TimeSpan.FromMilliseconds(500));
        shard.Subscribe("q").Texts().ShouldBe(["lasting"]);
        shard.Statistics("q").Expired.ShouldBe(1);
    }

    [Fact]
    public void Sweeps_expired_messages_that_nobody_asks_for_to_the_dead_letters_if_told_to()
    {
        using var shard = new TestShard(("q", QueueOptions.Work with { DeadLetterExpired = true }));
        shard.Enqueue("q", TestShard.Message("brief") with { TimeToLive = TimeSpan.FromSeconds(5) });
        shard.Pass(TimeSpan.FromSeconds(7));
        shard.Statistics("q").DeadLettered.ShouldBe(1);
        shard.Browse("q.dlq").ShouldHaveSingleItem().DeadLetter!.Reason.ShouldBe(DeadLetterReason.Expired);
    }

    [Fact]
    public void Does_not_expire_anything_because_the_wall_clock_jumped()
    {
        using var shard = new TestShard();
        shard.Enqueue("inbox:1", "a");
        shard.MoveWallClock(TimeSpan.FromDays(365));
        shard.Shard.ClockSuspect.ShouldBeTrue();
        shard.Pass(TimeSpan.FromMinutes(5));
        shard.Restart();
        shard.Subscribe("inbox:1").Texts().ShouldBe(["a"]);
    }

    [Theory]
    [InlineData(Overflow.RejectPublish, "abc")]
    [InlineData(Overflow.DropNew, "abc")]
    [InlineData(Overflow.DropHead, "bcd")]
    [InlineData(Overflow.DeadLetterHead, "bcd")]
    public void Does_at_the_limit_what_the_policy_says(Overflow overflow, string left)
    {
        using var shard = new TestShard(("q", QueueOptions.Work with { MaxMessages = 3, Overflow = overflow }));
        foreach (var body in (string[])["a", "b", "c"]) shard.Enqueue("q", body);
        if (overflow == Overflow.RejectPublish)
            Should.Throw<QueueException>(() => shard.Enqueue("q", "d")).Code.ShouldBe(QueueErrorCode.QueueFull);
        else shard.Enqueue("q", "d").Dropped.ShouldBe(overflow == Overflow.DropNew);
        string.Concat(shard.Subscribe("q", new SubscriptionOptions { MaxInFlight = 10 }).Texts()).ShouldBe(left);
        if (overflow == Overflow.DeadLetterHead)
            shard.Browse("q.dlq").ShouldHaveSingleItem().DeadLetter!.Reason.ShouldBe(DeadLetterReason.MaxLength);
    }

    [Fact]
    public void Counts_messages_in_flight_toward_the_limit()
    {
        using var shard = new TestShard(("q", QueueOptions.Work with { MaxMessages = 1, Overflow = Overflow.DropHead }));
        shard.Enqueue("q", "a");
        var delivery = shard.Subscribe("q").Next();
        Should.Throw<QueueException>(() => shard.Enqueue("q", "b")).Code.ShouldBe(QueueErrorCode.QueueFull);
        shard.Ack(delivery);
        shard.Enqueue("q", "b").Sequence.ShouldBe(2);
    }

    [Theory]
    [InlineData(Overflow.RejectPublish)]
    [InlineData(Overflow.DropHead)]
    [InlineData(Overflow.DropNew)]
    public void Says_of_a_message_that_can_never_fit_that_it_is_too_large_and_not_that_the_queue_is_full(Overflow overflow)
    {
        using var shard = new TestShard(("q", QueueOptions.Work with { MaxBytes = 5000, Overflow = overflow }));
        shard.Enqueue("q", new Message(new byte[4000]));
        var refusal = Should.Throw<QueueException>(() => shard.Enqueue("q", new Message(new byte[5000])));
        refusal.Code.ShouldBe(QueueErrorCode.TooLarge);
        refusal.Message.ShouldContain("5000 (MaxBytes)");
        shard.Statistics("q").Ready.ShouldBe(1, "nothing made room for it");
    }

    [Fact]
    public void Options_that_ask_for_dead_letters_where_none_are_kept_are_refused()
    {
        foreach (var options in (QueueOptions[])[
            QueueOptions.Work with { DeadLetter = false, DeadLetterExpired = true },
            QueueOptions.Work with { DeadLetter = false, Overflow = Overflow.DeadLetterHead }])
            Should.Throw<QueueException>(options.Validate).Message.ShouldContain("needs DeadLetter");
    }

    [Fact]
    public void Takes_a_message_of_exactly_the_largest_size()
    {
        using var shard = new TestShard(("q", QueueOptions.Work with { MaxMessageBytes = 1000 }));
        shard.Enqueue("q", new Message(new byte[1000])).Sequence.ShouldBe(1);
        Should.Throw<QueueException>(() => shard.Enqueue("q", new Message(new byte[1001]))).Code.ShouldBe(QueueErrorCode.TooLarge);
        shard.Enqueue("q", new Message()).Sequence.ShouldBe(2);
        shard.Subscribe("q", new SubscriptionOptions { MaxInFlight = 2 }).DrainAll().Select(static d => d.Body.Length).ShouldBe([1000, 0]);
    }

    [Fact]
    public void Replaces_an_undelivered_message_of_the_same_collapse_key()
    {
        using var shard = new TestShard();
        var state = (string body) => TestShard.Message(body) with { CollapseKey = "state" };
        shard.Enqueue("inbox:1", state("1"));
        shard.Enqueue("inbox:1", state("2"));
        shard.Enqueue("inbox:1", "other");
        var consumer = shard.Subscribe("inbox:1");
        consumer.Texts().ShouldBe(["2", "other"]);
        shard.Enqueue("inbox:1", state("3"));
        consumer.Texts().ShouldBe(["3"], "what was delivered is not replaced");
        shard.Statistics("inbox:1").Dropped.ShouldBe(1);
    }

    [Fact]
    public void Carries_a_batch_out_as_a_whole_or_not_at_all()
    {
        using var shard = new TestShard(("full", QueueOptions.Work with { MaxMessages = 1 }));
        shard.Enqueue("jobs", "job");
        shard.Enqueue("full", "x");
        var delivery = shard.Subscribe("jobs").Next();
        Should.Throw<QueueException>(
            () => shard.Commit([("out", TestShard.Message("1")), ("full", TestShard.Message("2"))], (delivery, false)));
        shard.Statistics("jobs").InFlight.ShouldBe(1);
        shard.Ask(core => core.State.Queues.Any(static q => q.Name == "out")).ShouldBeFalse();

        shard.Commit([("out", TestShard.Message("1")), ("out2", TestShard.Message("2"))], (delivery, false)).Length.ShouldBe(2);
        shard.Statistics("jobs").Acked.ShouldBe(1);
        Should.Throw<QueueException>(() => shard.Commit([("out", TestShard.Message("again"))], (delivery, false))).Code.ShouldBe(
            QueueErrorCode.LeaseLost);
        shard.Statistics("out").Enqueued.ShouldBe(1);
    }
}
