namespace Stork.Queues.Tests;

/// <summary>Messages for a time of day, and clocks that jump, sleep and are wrong.</summary>
public sealed class ClockTests
{
    /// <summary>How late a message for a time of day may be.</summary>
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(1);

    public static TheoryData<int> Jumps => [8, -2, 24 * 365, -24 * 365];

    [Fact]
    public void Delivers_soon_what_became_due_when_the_wall_clock_jumped_ahead_without_any_other_call()
    {
        using var shard = new TestShard();
        shard.Enqueue("q", At(shard.Wall.AddHours(4)));
        var consumer = shard.Subscribe("q");
        shard.SetWallClock(shard.Wall.AddHours(8));
        shard.Pass(Soon);
        consumer.Texts().ShouldBe(["at"]);
    }

    [Fact]
    public void Delivers_soon_what_became_due_while_the_machine_slept_which_is_no_jump()
    {
        using var shard = new TestShard();
        shard.Enqueue("q", At(shard.Wall.AddHours(4)));
        shard.Enqueue("q", TestShard.Message("after") with { Delay = TimeSpan.FromHours(5) });
        shard.Enqueue("inbox:1", TestShard.Message("brief") with { TimeToLive = TimeSpan.FromHours(6) });
        var consumer = shard.Subscribe("q", new SubscriptionOptions { MaxInFlight = 2 });
        shard.Sleep(TimeSpan.FromHours(8));
        shard.Pass(Soon);
        consumer.Texts().ShouldBe(["at", "after"], ignoreOrder: true);
        shard.Shard.ClockSuspect.ShouldBeFalse();
        shard.Subscribe("inbox:1").Texts().ShouldBeEmpty("the hours were real, and its time is over");
    }

    [Fact]
    public void Delivers_nothing_before_its_time_of_day_after_the_wall_clock_was_set_back()
    {
        using var shard = new TestShard();
        shard.Enqueue("q", At(shard.Wall.AddHours(1), "before"));
        var consumer = shard.Subscribe("q", new SubscriptionOptions { MaxInFlight = 9 });
        shard.SetWallClock(shard.Wall.AddHours(-2));
        shard.Enqueue("q", At(shard.Wall.AddHours(1), "after"));
        shard.Pass(TimeSpan.FromMinutes(59));
        consumer.Texts().ShouldBeEmpty();
        shard.Pass(TimeSpan.FromMinutes(1) + Soon);
        Take(shard, consumer).ShouldBe(["after"]);
        shard.Pass(TimeSpan.FromMinutes(119));
        consumer.IsEmpty.ShouldBeTrue();
        shard.Pass(TimeSpan.FromMinutes(1));
        consumer.Texts().ShouldBe(["before"]);
    }

    [Fact]
    public void Survives_a_wrong_clock_at_the_start_that_is_corrected_later()
    {
        using var shard = new TestShard();
        var truth = shard.Wall;
        shard.Enqueue("inbox:1", "old");
        shard.Shard.Close();
        shard.SetWallClock(truth.AddDays(-300));
        shard.Open();
        shard.Enqueue("q", At(truth.AddDays(1)));
        shard.Enqueue("q", At(shard.Wall.AddDays(1), "by the wrong clock"));
        shard.Enqueue("inbox:1", "new");
        var consumer = shard.Subscribe("q", new SubscriptionOptions { MaxInFlight = 9 });
        shard.Pass(TimeSpan.FromMinutes(1));
        consumer.IsEmpty.ShouldBeTrue();
        shard.SetWallClock(truth.AddMinutes(2));
        shard.Pass(Soon);
        Take(shard, consumer).ShouldBe(["by the wrong clock"]);
        shard.Pass(TimeSpan.FromDays(1) - TimeSpan.FromMinutes(3));
        consumer.Texts().ShouldBeEmpty();
        shard.Pass(TimeSpan.FromMinutes(1));
        Take(shard, consumer).ShouldBe(["at"]);
        shard.Restart();
        shard.Subscribe("inbox:1").Texts().ShouldBe(["old", "new"]);
    }

    [Fact]
    public void Expires_nothing_of_a_new_store_whose_machine_did_not_know_the_time_at_first()
    {
        using var shard = new TestShard();
        shard.Enqueue("inbox:1", "a");
        shard.SetWallClock(shard.Wall.AddYears(3));
        shard.Pass(TimeSpan.FromHours(3));
        shard.Shard.ClockSuspect.ShouldBeFalse("it has been right for long");
        var message = shard.Browse("inbox:1").ShouldHaveSingleItem();
        message.EnqueuedAt.ShouldBe(shard.Wall.AddHours(-3), "times are shown by the clock that is right");
        shard.Restart();
        shard.Browse("inbox:1").ShouldHaveSingleItem().EnqueuedAt.ShouldBe(shard.Wall.AddHours(-3));
        shard.Pass(TimeSpan.FromDays(6));
        shard.Kill();
        shard.Statistics("inbox:1").Ready.ShouldBe(1);
        shard.Pass(TimeSpan.FromDays(1));
        shard.Statistics("inbox:1").Expired.ShouldBe(1, "its own time is over");
    }

    [Theory]
    [MemberData(nameof(Jumps))]
    public void A_delay_and_a_time_to_live_are_as_long_as_ever_whatever_the_wall_clock_does(int hours)
    {
        using var shard = new TestShard();
        shard.Enqueue("q", TestShard.Message("later") with { Delay = TimeSpan.FromHours(3) });
        shard.Enqueue("inbox:1", TestShard.Message("brief") with { TimeToLive = TimeSpan.FromHours(3) });
        var consumer = shard.Subscribe("q");
        shard.SetWallClock(shard.Wall.AddHours(hours));
        shard.Pass(TimeSpan.FromHours(3) - TimeSpan.FromSeconds(1));
        consumer.IsEmpty.ShouldBeTrue();
        shard.Statistics("inbox:1").Ready.ShouldBe(1);
        shard.Pass(TimeSpan.FromSeconds(2));
        consumer.Texts().ShouldBe(["later"]);
        shard.Subscribe("inbox:1").Texts().ShouldBeEmpty();
    }

    [Theory]
    [MemberData(nameof(Jumps))]
    public void Wakes_up_once_a_second_at_most_while_a_message_waits_for_its_time(int hours)
    {
        using var shard = new TestShard();
        shard.SetWallClock(shard.Wall.AddHours(hours));
        shard.Enqueue("q", At(shard.Wall.AddDays(1)));
        var before = shard.TurnsTaken;
        shard.Pass(TimeSpan.FromHours(2));
        (shard.TurnsTaken - before).ShouldBeLessThan(7300);
        shard.Statistics("q").Scheduled.ShouldBe(1);
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void Remembers_a_time_of_day_over_restarts(bool withSnapshots, bool isReclaimed)
    {
        using var shard = new TestShard { SnapshotBytes = withSnapshots ? 10_000 : 0 };
        var at = shard.Wall.AddHours(5);
        shard.Enqueue("q", At(at) with { TimeToLive = TimeSpan.FromHours(1), Key = "k" });
        shard.Enqueue("q", TestShard.Message("key") with { Key = "k" });
        shard.SetWallClock(shard.Wall.AddHours(3));
        for (var i = 0; isReclaimed && i < 200; i++)
        {
            shard.Enqueue("other", new Message(new byte[7000]));
            var other = shard.Subscribe("other");
            shard.Ack(other.Next());
            shard.Do(core => core.Subscribing.Unsubscribe(other.State));
        }

        shard.Restart();
        shard.Kill();
        shard.Browse("q")[0].DueAt.ShouldBe(at);
        shard.Browse("q")[0].ExpiresAt.ShouldBe(at.AddHours(1));
        var consumer = shard.Subscribe("q", new SubscriptionOptions { MaxInFlight = 9 });
        shard.Ack(consumer.Next());
        shard.Pass(TimeSpan.FromHours(2) - TimeSpan.FromMinutes(1));
        consumer.IsEmpty.ShouldBeTrue();
        shard.Restart();
        shard.Pass(TimeSpan.FromMinutes(1) + Soon);
        shard.Pass(TimeSpan.FromMinutes(30));
        shard.Restart();
        shard.Browse("q").ShouldHaveSingleItem().State.ShouldBe(MessageState.Ready);
        shard.Pass(TimeSpan.FromMinutes(31));
        shard.Statistics("q").Expired.ShouldBe(1, "its hour is over");
    }

    [Fact]
    public void The_time_to_live_counts_from_when_a_message_is_due()
    {
        using var shard = new TestShard();
        shard.Enqueue("inbox:1", TestShard.Message("reminder") with { Delay = TimeSpan.FromDays(8) });
        shard.Enqueue("inbox:1", At(shard.Wall.AddDays(8)));
        shard.Enqueue("q", TestShard.Message("brief") with { Delay = TimeSpan.FromHours(2), TimeToLive = TimeSpan.FromHours(1) });
        shard.Pass(TimeSpan.FromHours(2));
        shard.Statistics("q").Ready.ShouldBe(1);
        shard.Pass(TimeSpan.FromHours(1) + Soon);
        shard.Statistics("q").Expired.ShouldBe(1);
        shard.Pass(TimeSpan.FromDays(14));
        shard.Subscribe("inbox:1").Texts().ShouldBe(["reminder", "at"], ignoreOrder: true);
    }

    [Fact]
    public void What_a_jump_makes_due_lives_from_then_on()
    {
        using var shard = new TestShard();
        shard.Enqueue("q", At(shard.Wall.AddHours(4)) with { TimeToLive = TimeSpan.FromMinutes(10) });
        shard.SetWallClock(shard.Wall.AddHours(8));
        shard.Pass(TimeSpan.FromMinutes(9));
        shard.Kill();
        shard.Subscribe("q").Texts().ShouldBe(["at"]);
    }

    [Fact]
    public void An_id_is_remembered_for_its_window_from_when_the_message_is_due()
    {
        using var shard = new TestShard();
        var message = TestShard.Message("once") with { DedupId = "1", Delay = TimeSpan.FromDays(3) };
        shard.Enqueue("q", message).Duplicate.ShouldBeFalse();
        shard.Pass(TimeSpan.FromDays(2));
        shard.Enqueue("q", message).Duplicate.ShouldBeTrue("the first one has not even been delivered");
        shard.Pass(TimeSpan.FromDays(2) + Soon);
        shard.Enqueue("q", message).Duplicate.ShouldBeFalse();
    }

    [Theory]
    [InlineData(false, 0)]
    [InlineData(true, 0)]
    [InlineData(false, 2)]
    [InlineData(true, 2)]
    public void What_came_for_a_time_of_day_and_is_sought_comes_again_within_its_time_to_live(bool isReclaimed, int jump)
    {
        using var shard = new TestShard(("inbox:1", QueueOptions.Inbox with { Retention = TimeSpan.FromDays(9) }));
        shard.SetWallClock(shard.Wall.AddHours(jump));
        foreach (var hours in (int[])[1, 5])
            shard.Enqueue("inbox:1", At(shard.Wall.AddMinutes(1), hours + " h") with { TimeToLive = TimeSpan.FromHours(hours) });
        var consumer = shard.Subscribe("inbox:1");
        shard.Pass(TimeSpan.FromMinutes(1) + Soon);
        Take(shard, consumer).Length.ShouldBe(2);
        shard.Do(core => core.Subscribing.Unsubscribe(consumer.State));
        shard.AskQueue("inbox:1", static (core, queue) => core.Operating.Seek(queue, 1)).ShouldBe(2);
        if (isReclaimed) ReclaimFirst(shard);
        shard.Pass(TimeSpan.FromHours(2));
        shard.Subscribe("inbox:1").Texts().ShouldBe(["5 h"]);
        shard.Kill();
        shard.Subscribe("inbox:1").Texts().ShouldBe(["5 h"]);
    }

    [Fact]
    public void What_came_for_a_time_of_day_and_is_kept_has_its_own_time_to_live_when_it_was_copied_and_is_sought()
    {
        using var shard = new TestShard(("inbox:1", QueueOptions.Inbox with { Retention = TimeSpan.FromDays(9) }));
        foreach (var hours in (int[])[1, 5])
            shard.Enqueue("inbox:1", At(shard.Wall.AddMinutes(1), hours + " h") with { TimeToLive = TimeSpan.FromHours(hours) });
        var consumer = shard.Subscribe("inbox:1");
        shard.Pass(TimeSpan.FromMinutes(1) + Soon);
        Take(shard, consumer).Length.ShouldBe(2);
        ReclaimFirst(shard);
        shard.Pass(TimeSpan.FromHours(2));
        shard.AskQueue("inbox:1", static (core, queue) => core.Operating.Seek(queue, 1)).ShouldBe(2);
        consumer.Texts().ShouldBe(["5 h"]);
    }

    [Fact]
    public void How_far_the_clocks_differ_is_known_for_what_came_after_the_segment_that_said_so_is_gone()
    {
        using var shard = new TestShard();
        shard.Enqueue("first", "x");
        shard.SetWallClock(shard.Wall.AddHours(3));
        var first = shard.Shard.Journal.Segments[0].Id;
        for (var i = 0; shard.Shard.Journal.Segments.Count < 2; i++) Churn(shard, 1);
        shard.Shard.Journal.Segments[0].Id.ShouldBe(first);
        shard.Enqueue("inbox:1", At(shard.Wall.AddMinutes(1)) with { TimeToLive = TimeSpan.FromHours(9) });
        var consumer = shard.Subscribe("inbox:1", new SubscriptionOptions { Owner = "1", Remote = true });
        shard.Pass(TimeSpan.FromMinutes(2));
        consumer.Next();
        var expiry = Expiry(shard);
        var own = shard.AskQueue("inbox:1", static (_, queue) => queue.Find(1).Segment);
        while (shard.Shard.Journal.Segments[0].Id == first) Churn(shard, 1);
        shard.AskQueue("inbox:1", static (_, queue) => queue.Find(1).Segment).ShouldBe(own, "its own segment is still there");
        shard.Kill();
        Expiry(shard).ShouldBe(expiry);
    }

    private static uint Expiry(TestShard shard) => shard.AskQueue("inbox:1", static (_, queue) => queue.Find(1).Expiry);

    private static void ReclaimFirst(TestShard shard)
    {
        var first = shard.Shard.Journal.Segments[0].Id;
        for (var i = 0; i < 400 && shard.Shard.Journal.Segments[0].Id == first; i++) Churn(shard, 1);
        shard.Shard.Journal.Segments[0].Id.ShouldBeGreaterThan(first);
    }

    /// <summary>Bytes that are of no use any more.</summary>
    private static void Churn(TestShard shard, int messages)
    {
        for (var i = 0; i < messages; i++)
        {
            shard.Enqueue("other", new Message(new byte[7000]));
            var other = shard.Subscribe("other");
            shard.Ack(other.Next());
            shard.Do(core => core.Subscribing.Unsubscribe(other.State));
        }
    }

    private static string[] Take(TestShard shard, TestConsumer consumer)
    {
        var taken = consumer.DrainAll();
        foreach (var delivery in taken) shard.Ack(delivery);
        return [.. taken.Select(TestShard.Text)];
    }

    private static Message At(DateTimeOffset time, string text = "at") => TestShard.Message(text) with { DeliverAt = time };
}
