using Stork.Queues.State;

namespace Stork.Queues.Tests;

public sealed class DeliveryTests
{
    [Fact]
    public void Delivers_to_one_consumer_and_forgets_after_the_acknowledgement()
    {
        using var shard = new TestShard();
        var receipt = shard.Enqueue(
            "jobs", TestShard.Message("a") with { Subject = "s", Headers = new Dictionary<string, string> { ["h"] = "v" } });
        var one = shard.Subscribe("jobs");
        var two = shard.Subscribe("jobs");

        var delivery = one.Next();
        two.IsEmpty.ShouldBeTrue();
        delivery.Id.ShouldBe(receipt.Id);
        delivery.Sequence.ShouldBe(1);
        delivery.Subject.ShouldBe("s");
        delivery.Headers["h"].ShouldBe("v");
        delivery.DeliveryCount.ShouldBe(1);
        shard.Ack(delivery).ShouldBe(SettleOutcome.Done);
        shard.Ack(delivery).ShouldBe(SettleOutcome.AlreadySettled);

        shard.Pass(TimeSpan.FromMilliseconds(50));
        shard.CutPower();
        shard.Subscribe("jobs").IsEmpty.ShouldBeTrue();
        shard.Statistics("jobs").Acked.ShouldBe(1);
    }

    [Fact]
    public void Keeps_a_message_over_a_power_cut_until_someone_takes_it()
    {
        using var shard = new TestShard();
        shard.Enqueue("inbox:1", "hello");
        shard.CutPower();
        TestShard.Text(shard.Subscribe("inbox:1").Next()).ShouldBe("hello");
    }

    [Fact]
    public void Redelivers_when_the_lease_expires()
    {
        using var shard = new TestShard();
        shard.Enqueue("jobs", "a");
        var consumer = shard.Subscribe("jobs");
        consumer.Next();
        shard.Pass(TimeSpan.FromSeconds(29));
        consumer.IsEmpty.ShouldBeTrue();
        shard.Pass(TimeSpan.FromSeconds(1));
        shard.Pass(TimeSpan.FromSeconds(2));
        var again = consumer.Next();
        again.DeliveryCount.ShouldBe(2);
        again.FailureCount.ShouldBe(1);
        again.Redelivered.ShouldBeTrue();
    }

    [Fact]
    public void Keeps_the_lease_while_it_is_extended()
    {
        using var shard = new TestShard();
        shard.Enqueue("jobs", "a");
        var consumer = shard.Subscribe("jobs");
        var delivery = consumer.Next();
        for (var i = 0; i < 10; i++)
        {
            shard.Pass(TimeSpan.FromSeconds(20));
            shard.Extend(delivery).ShouldBe(SettleOutcome.Done);
        }

        consumer.IsEmpty.ShouldBeTrue();
        shard.Ack(delivery).ShouldBe(SettleOutcome.Done);
    }

    [Fact]
    public void Accepts_a_late_acknowledgement_and_makes_the_other_consumers_one_a_no_op()
    {
        using var shard = new TestShard();
        shard.Enqueue("jobs", "a");
        var slow = shard.Subscribe("jobs");
        var late = slow.Next();
        Lose(shard, slow);
        var other = shard.Subscribe("jobs");
        shard.Pass(TimeSpan.FromSeconds(20));
        shard.Pass(TimeSpan.FromSeconds(2));
        var second = other.Next();
        second.LeaseToken.ShouldBeGreaterThan(late.LeaseToken);
        shard.Ack(late).ShouldBe(SettleOutcome.DoneLate);
        shard.Ack(second).ShouldBe(SettleOutcome.AlreadySettled);
    }

    [Fact]
    public void Refuses_a_late_acknowledgement_of_a_fenced_consumer()
    {
        using var shard = new TestShard();
        shard.Enqueue("jobs", "a");
        var consumer = shard.Subscribe("jobs", new SubscriptionOptions { Fenced = true });
        var late = consumer.Next();
        shard.Pass(TimeSpan.FromSeconds(31));
        shard.Ack(late).ShouldBe(SettleOutcome.LeaseLost);
        shard.Statistics("jobs").Acked.ShouldBe(0);
    }

    [Fact]
    public void Understands_an_ack_id_of_an_earlier_run_but_only_from_its_owner()
    {
        using var shard = new TestShard();
        shard.Enqueue("inbox:1", "a");
        shard.Enqueue("inbox:1", "b");
        var consumer = shard.Subscribe("inbox:1", new SubscriptionOptions { Owner = "user 1", Remote = true });
        var first = consumer.Next();
        shard.Kill();
        shard.AckById(first.AckId, "user 2").ShouldBe(SettleOutcome.Unknown);
        shard.AckById(first.AckId, "user 1").ShouldBe(SettleOutcome.Done);
        shard.AckById(first.AckId, "user 1").ShouldBe(SettleOutcome.Unknown);
        var again = shard.Subscribe("inbox:1", new SubscriptionOptions { Owner = "user 1" });
        var delivery = again.Next();
        TestShard.Text(delivery).ShouldBe("b");
        delivery.AckId.ShouldBeGreaterThan(AckIdRange.DefaultBlock, "a new run starts with a new block");
    }

    [Fact]
    public void Keeps_as_much_of_an_error_as_fits_and_cuts_it_at_a_whole_character()
    {
        using var shard = new TestShard(("q", QueueOptions.Work with { MaxFailures = 1, Backoff = TimeSpan.Zero }));
        shard.Enqueue("q", "a");
        var consumer = shard.Subscribe("q");
        var error = "x" + string.Concat(Enumerable.Repeat("🦩", 500));
        shard.Nack(consumer.Next(), error: error);
        shard.Nack(consumer.Next(), error: error);
        var dead = shard.Browse("q.dlq").ShouldHaveSingleItem().DeadLetter!;
        dead.Error.ShouldBe(error[..(1 + (2 * 255))], "1 + 4 * 255 bytes");
        var clipped = error[..(1 + (2 * 63))];
        dead.Attempts.ShouldAllBe(a => a.Error == clipped);

        shard.Enqueue("q", "b");
        shard.Reject(consumer.Next(), new string('e', 300));
        shard.Browse("q.dlq")[1].DeadLetter!.Error.Length.ShouldBe(300);
    }

    [Fact]
    public void Counts_a_failure_and_backs_off()
    {
        using var shard = new TestShard();
        shard.Enqueue("jobs", "a");
        var consumer = shard.Subscribe("jobs");
        shard.Nack(consumer.Next(), error: "no").ShouldBe(SettleOutcome.Done);
        shard.Statistics("jobs").Scheduled.ShouldBe(1);
        shard.Pass(TimeSpan.FromMilliseconds(700));
        consumer.IsEmpty.ShouldBeTrue();
        shard.Pass(TimeSpan.FromMilliseconds(300));
        shard.Nack(consumer.Next(), delay: 60_000);
        shard.Pass(TimeSpan.FromSeconds(59));
        consumer.IsEmpty.ShouldBeTrue("an explicit delay wins");
        shard.Pass(TimeSpan.FromSeconds(1));
        consumer.Next().FailureCount.ShouldBe(2);
    }

    [Fact]
    public void Puts_a_released_message_back_in_its_place()
    {
        using var shard = new TestShard();
        shard.Enqueue("jobs", "a");
        shard.Enqueue("jobs", "b");
        var consumer = shard.Subscribe("jobs");
        shard.Release(consumer.Next());
        var again = consumer.Next();
        TestShard.Text(again).ShouldBe("a");
        again.FailureCount.ShouldBe(0);
    }

    [Fact]
    public void Dead_letters_with_the_history_and_redrives_with_the_same_id()
    {
        using var shard = new TestShard(("jobs", QueueOptions.Work with { MaxFailures = 1, Backoff = TimeSpan.Zero }));
        var receipt = shard.Enqueue("jobs", "poison");
        var consumer = shard.Subscribe("jobs", new SubscriptionOptions { Owner = "w" });
        shard.Nack(consumer.Next(), error: "one");
        shard.Nack(consumer.Next(), error: "two");
        consumer.IsEmpty.ShouldBeTrue();

        shard.CutPower();
        var dead = shard.Browse("jobs.dlq", new BrowseOptions { WithBody = true }).ShouldHaveSingleItem();
        dead.Id.ShouldBe(receipt.Id);
        dead.DeadLetter.ShouldNotBeNull();
        dead.DeadLetter.Reason.ShouldBe(DeadLetterReason.DeliveryLimit);
        dead.DeadLetter.FailureCount.ShouldBe(2);
        dead.DeadLetter.OriginName.ShouldBe("jobs");
        dead.DeadLetter.Attempts.Select(static a => a.Error).ShouldBe(["one", "two"]);
        dead.DeadLetter.Attempts.ShouldAllBe(static a => a.Owner == "w");

        shard.AskQueue("jobs.dlq", static (core, queue) => core.Redriving.Redrive(queue, 0, 10, null, null)).Moved.ShouldBe(1);
        var back = shard.Subscribe("jobs").Next();
        back.Id.ShouldBe(receipt.Id);
        back.Sequence.ShouldBe(2);
        back.FailureCount.ShouldBe(0);
        back.RedriveCount.ShouldBe(1);
    }

    [Fact]
    public void Rejects_to_the_dead_letters_at_once()
    {
        using var shard = new TestShard();
        shard.Enqueue("inbox:7", "bad");
        shard.Reject(shard.Subscribe("inbox:7").Next(), "unreadable").ShouldBe(SettleOutcome.Done);
        var dead = shard.Browse(QueueAddress.InboxDeadLetters).ShouldHaveSingleItem();
        dead.DeadLetter!.Reason.ShouldBe(DeadLetterReason.Rejected);
        dead.DeadLetter.Error.ShouldBe("unreadable");
        dead.DeadLetter.OriginName.ShouldBe("inbox:7");
    }

    [Fact]
    public void Keeps_the_deliveries_of_a_lost_connection_for_its_return()
    {
        using var shard = new TestShard();
        for (var i = 0; i < 3; i++) shard.Enqueue("inbox:1", "m" + i);
        var consumer = shard.Subscribe("inbox:1", new SubscriptionOptions { Owner = "s", Remote = true });
        var received = consumer.DrainAll();
        Lose(shard, consumer);
        shard.Pass(TimeSpan.FromSeconds(10));
        var returned = new SubscriptionOptions { Owner = "s", Remote = true, ReceivedUpTo = received[0].LeaseToken };
        var back = shard.Subscribe("inbox:1", returned);
        var resent = back.DrainAll();
        resent.Select(TestShard.Text).ShouldBe(["m1", "m2"], "what arrived is not sent again");
        resent.ShouldAllBe(d => d.AckId > received[2].AckId);
        shard.Ack(received[0]).ShouldBe(SettleOutcome.Done);
        resent.ForEach(d => shard.Ack(d).ShouldBe(SettleOutcome.Done));
        shard.Statistics("inbox:1").Acked.ShouldBe(3);
    }

    [Fact]
    public void Counts_only_the_oldest_message_of_a_lost_worker()
    {
        using var shard = new TestShard();
        shard.Enqueue("jobs", "a");
        shard.Enqueue("jobs", "b");
        var consumer = shard.Subscribe("jobs", new SubscriptionOptions { MaxInFlight = 2, Remote = true });
        consumer.DrainAll().Count.ShouldBe(2);
        Lose(shard, consumer);
        shard.Pass(TimeSpan.FromSeconds(15));
        shard.Pass(TimeSpan.FromSeconds(2));
        var next = shard.Subscribe("jobs", new SubscriptionOptions { MaxInFlight = 2 });
        next.DrainAll().OrderBy(static d => d.Sequence).Select(static d => d.FailureCount).ShouldBe([1, 0]);
    }

    [Fact]
    public void Gives_back_uncounted_what_a_leaving_consumer_had()
    {
        using var shard = new TestShard();
        shard.Enqueue("jobs", "a");
        var consumer = shard.Subscribe("jobs");
        consumer.Next();
        shard.Ask(core =>
        {
            core.Subscribing.Unsubscribe(consumer.State);
            return 0;
        });
        shard.Subscribe("jobs").Next().FailureCount.ShouldBe(0);
    }

    private static void Lose(TestShard shard, TestConsumer consumer) =>
        shard.Do(core => core.Detaching.Detach(consumer.State, Departure.Lost));
}
