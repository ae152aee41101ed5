using Stork.Queues.State;

namespace Stork.Queues.Tests;

/// <summary>
/// A message that is out when its process or its client ends is suspected of having ended it, and is tried alone until that is known.
/// </summary>
public sealed class SuspectTests
{
    [Fact]
    public void Counts_a_crash_of_its_own_process_against_the_message_and_then_delivers_it_alone()
    {
        using var shard = new TestShard(("jobs", QueueOptions.Work with { MaxFailures = 2 }));
        shard.Enqueue("jobs", "poison");
        shard.Enqueue("jobs", "bystander");
        shard.Subscribe("jobs").Next();
        shard.Kill();
        var consumer = shard.Subscribe("jobs", new SubscriptionOptions { MaxInFlight = 10 });
        var alone = consumer.DrainAll().ShouldHaveSingleItem();
        alone.FailureCount.ShouldBe(1);
        shard.Kill();
        shard.Subscribe("jobs", new SubscriptionOptions { MaxInFlight = 10 }).DrainAll().ShouldHaveSingleItem().FailureCount.ShouldBe(2);
        shard.Kill();
        shard.Subscribe("jobs", new SubscriptionOptions { MaxInFlight = 10 }).Texts().ShouldBe(["bystander"]);
        shard.Browse("jobs.dlq").ShouldHaveSingleItem().DeadLetter!.Reason.ShouldBe(DeadLetterReason.PoisonCrash);
    }

    [Fact]
    public void Counts_a_crash_against_the_suspect_alone_and_not_against_what_ran_beside_it_in_other_queues()
    {
        using var shard = new TestShard(
            ("jobs", QueueOptions.Work with { MaxFailures = 3 }), ("mails", QueueOptions.Work with { MaxFailures = 0 }));
        shard.Enqueue("jobs", "poison");
        var crashes = 0;
        for (; shard.Statistics("jobs").DeadLettered == 0; crashes++)
        {
            shard.Subscribe("jobs").Next().FailureCount.ShouldBe(crashes);
            // The first crash could be anybody's; from the second on there is a suspect.
            if (crashes > 0) for (var i = 0; i < 3; i++) shard.Enqueue("mails", $"mail {crashes} {i}");
            if (crashes > 0) shard.Subscribe("mails", new SubscriptionOptions { MaxInFlight = 8 }).DrainAll().ShouldNotBeEmpty();
            shard.Kill();
        }

        crashes.ShouldBe(4);
        var mails = shard.Subscribe("mails", new SubscriptionOptions { MaxInFlight = 8 });
        var done = new List<string>();
        while (!mails.IsEmpty)
        {
            foreach (var mail in mails.DrainAll())
            {
                mail.FailureCount.ShouldBe(0);
                done.Add(TestShard.Text(mail));
                shard.Ack(mail).ShouldBe(SettleOutcome.Done);
            }

            shard.Settle();
        }

        done.Order().ShouldBe(["mail 1 0", "mail 1 1", "mail 1 2", "mail 2 0", "mail 2 1", "mail 2 2", "mail 3 0", "mail 3 1", "mail 3 2"]);
    }

    [Fact]
    public void Tries_what_was_out_at_a_crash_one_at_a_time_over_all_queues_of_the_process_while_other_messages_go_on()
    {
        using var shard = new TestShard();
        foreach (var queue in new[] { "a", "b", "c" }) shard.Enqueue(queue, "suspect " + queue);
        foreach (var queue in new[] { "a", "b", "c" }) shard.Subscribe(queue).Next();
        shard.Kill();
        foreach (var queue in new[] { "a", "b", "c" }) shard.Enqueue(queue, "other " + queue);
        var consumers = new[] { "a", "b", "c" }.ToDictionary(q => q, q => shard.Subscribe(q, new SubscriptionOptions { MaxInFlight = 2 }));
        var first = consumers["a"].Next();
        TestShard.Text(first).ShouldBe("suspect a");
        consumers["b"].Texts().ShouldBe(["other b"]);
        consumers["c"].Texts().ShouldBe(["other c"]);
        shard.Pass(TimeSpan.FromSeconds(10));
        consumers.Values.ShouldAllBe(c => c.IsEmpty);
        // Work of other processes is no danger to this one.
        shard.Ack(first);
        shard.Pass(TimeSpan.FromSeconds(1));
        consumers["a"].Texts().ShouldBe(["other a"]);
        (consumers["b"].DrainAll().Count + consumers["c"].DrainAll().Count).ShouldBe(0, "both have something, and a suspect comes alone");
    }

    [Theory]
    [InlineData(Fanout.FirstAck)]
    [InlineData(Fanout.ActiveDevice)]
    public void A_message_at_which_its_client_leaves_each_time_ends_among_the_dead_letters_and_its_neighbours_are_not_counted(Fanout fanout)
    {
        using var shard = new TestShard(
            ("inbox:42", QueueOptions.Inbox with
            {
                Fanout = fanout,
                MaxFailures = 2,
                Backoff = TimeSpan.FromSeconds(10),
                BackoffJitter = 0,
            }));
        foreach (var body in new[] { "a", "poison", "c" }) shard.Enqueue("inbox:42", body);
        var options = new SubscriptionOptions { Owner = "42", Remote = true, MaxInFlight = 10 };

        // Which of the three it was cannot be known yet.
        var consumer = shard.Subscribe("inbox:42", options);
        consumer.Texts().ShouldBe(["a", "poison", "c"]);
        Leave(shard, consumer);

        // Each alone: the one before has to be settled first.
        consumer = shard.Subscribe("inbox:42", options);
        shard.Ack(consumer.Next());
        TestShard.Text(consumer.Next()).ShouldBe("poison");
        consumer.IsEmpty.ShouldBeTrue();
        Leave(shard, consumer);

        // It waits, and the one behind it gets through.
        consumer = shard.Subscribe("inbox:42", options);
        var last = consumer.Next();
        (TestShard.Text(last), last.FailureCount).ShouldBe(("c", 0));
        shard.Ack(last);
        shard.Pass(TimeSpan.FromSeconds(10));
        var again = consumer.Next();
        (TestShard.Text(again), again.FailureCount).ShouldBe(("poison", 1));
        Leave(shard, consumer);
        consumer = shard.Subscribe("inbox:42", options);
        shard.Pass(TimeSpan.FromSeconds(20));
        consumer.Next().FailureCount.ShouldBe(2);
        Leave(shard, consumer);
        shard.Subscribe("inbox:42", options).IsEmpty.ShouldBeTrue();

        var dead = shard.Browse("inbox.dlq").ShouldHaveSingleItem().DeadLetter!;
        (dead.Reason, dead.Error).ShouldBe((DeadLetterReason.DeliveryLimit, "the client ended the connection when it got this"));
        dead.Attempts.Select(static attempt => attempt.Outcome).ShouldBe(["Suspected", "Refused", "Refused", "Refused"]);
    }

    [Fact]
    public void A_client_that_leaves_long_after_a_message_or_is_lost_casts_no_suspicion_on_it()
    {
        using var shard = new TestShard(("inbox:42", QueueOptions.Inbox with { MaxFailures = 1 }));
        shard.Enqueue("inbox:42", "a");
        var options = new SubscriptionOptions { Owner = "42", Remote = true };
        for (var i = 0; i < 10; i++)
        {
            var consumer = shard.Subscribe("inbox:42", options);
            consumer.Next().FailureCount.ShouldBe(0);
            if (i % 2 == 0) Lose(shard, consumer);
            else
            {
                shard.Pass(TimeSpan.FromSeconds(6));
                Leave(shard, consumer);
            }
        }
    }

    [Fact]
    public void A_client_that_leaves_at_a_message_and_stays_away_counts_one_failure()
    {
        using var shard = new TestShard(
            ("inbox:42", QueueOptions.Inbox with { DisconnectGrace = TimeSpan.FromSeconds(15), Backoff = TimeSpan.Zero }));
        shard.Enqueue("inbox:42", "a");
        var options = new SubscriptionOptions { Owner = "42", Remote = true };
        for (var failures = 0; failures < 2; failures++)
        {
            var consumer = shard.Subscribe("inbox:42", options);
            consumer.Next().FailureCount.ShouldBe(0);
            Leave(shard, consumer);
            shard.Pass(TimeSpan.FromSeconds(15));
        }

        shard.Subscribe("inbox:42", options).Next().FailureCount.ShouldBe(1);
    }

    [Fact]
    public void A_client_that_leaves_at_a_message_that_failed_as_often_as_it_may_only_makes_it_a_suspect_at_first()
    {
        using var shard = new TestShard(("inbox:42", QueueOptions.Inbox with { MaxFailures = 1, Backoff = TimeSpan.Zero }));
        shard.Enqueue("inbox:42", "a");
        var options = new SubscriptionOptions { Owner = "42", Remote = true };
        var consumer = shard.Subscribe("inbox:42", options);
        shard.Nack(consumer.Next());
        consumer.Next().FailureCount.ShouldBe(1);
        Leave(shard, consumer);
        consumer = shard.Subscribe("inbox:42", options);
        consumer.Next().FailureCount.ShouldBe(1);
        Leave(shard, consumer);
        shard.Subscribe("inbox:42", options).IsEmpty.ShouldBeTrue();
        shard.Browse("inbox.dlq").ShouldHaveSingleItem().DeadLetter!.Attempts.Select(static attempt => attempt.Outcome)
            .ShouldBe(["Nacked", "Suspected", "Refused"]);
    }

    [Fact]
    public void A_suspect_that_its_consumer_keeps_over_a_new_connection_stays_alone()
    {
        using var shard = new TestShard(("inbox:42", QueueOptions.Inbox with { MaxFailures = 1 }));
        shard.Enqueue("inbox:42", "suspect");
        var options = new SubscriptionOptions { Owner = "42", Remote = true, MaxInFlight = 10 };
        var consumer = shard.Subscribe("inbox:42", options);
        consumer.Next();
        Leave(shard, consumer);
        consumer = shard.Subscribe("inbox:42", options);
        var suspect = consumer.Next();
        shard.Enqueue("inbox:42", "next");
        consumer.IsEmpty.ShouldBeTrue();
        Lose(shard, consumer);
        consumer = shard.Subscribe("inbox:42", options with { ReceivedUpTo = suspect.LeaseToken });
        consumer.IsEmpty.ShouldBeTrue("it still has the suspect");
        shard.Ack(suspect).ShouldBe(SettleOutcome.Done);
        consumer.Texts().ShouldBe(["next"]);
    }

    private static void Leave(TestShard shard, TestConsumer consumer) =>
        shard.Do(core => core.Detaching.Detach(consumer.State, Departure.Left));

    private static void Lose(TestShard shard, TestConsumer consumer) =>
        shard.Do(core => core.Detaching.Detach(consumer.State, Departure.Lost));
}
