using Stork.Queues.State;

namespace Stork.Queues.Tests;

public sealed class IdleTests
{
    private static readonly TimeSpan Month = TimeSpan.FromDays(30);
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private static readonly QueueOptions PerDevice = QueueOptions.Inbox with { Fanout = Fanout.PerDevice, TimeToLive = null };

    [Fact]
    public void Removes_an_inbox_that_was_empty_and_unused_for_a_month_and_gives_its_id_to_another()
    {
        using var shard = new TestShard();
        shard.Enqueue("inbox:1", "a");
        shard.Enqueue("inbox:2", "b");
        shard.Enqueue("jobs", "c");
        var consumer = shard.Subscribe("inbox:1");
        shard.Ack(consumer.Next());
        Leave(shard, consumer);
        var id = shard.Core.State.Find(TestShard.Address("inbox:1"))!.Id;
        shard.Ack(shard.Subscribe("jobs").Next());

        shard.Pass(Month - Hour);
        Exists(shard, "inbox:1").ShouldBeTrue();
        shard.Pass(Hour + Hour);
        Exists(shard, "inbox:1").ShouldBeFalse();
        Exists(shard, "jobs").ShouldBeTrue("work queues stay unless told otherwise");
        shard.Pass(TimeSpan.FromMilliseconds(50));
        shard.CutPower();
        Exists(shard, "inbox:1").ShouldBeFalse();

        shard.Enqueue("inbox:9", "new").Sequence.ShouldBe(1);
        shard.Core.State.Find(TestShard.Address("inbox:9"))!.Id.ShouldBe(id);
        shard.Kill();
        TestShard.Text(shard.Subscribe("inbox:9").Next()).ShouldBe("new");
        shard.Enqueue("inbox:1", "again").Sequence.ShouldBe(1);
        TestShard.Text(shard.Subscribe("inbox:1").Next()).ShouldBe("again");
    }

    [Fact]
    public void Keeps_an_inbox_while_someone_is_connected_or_came_lately_also_over_a_restart()
    {
        using var shard = new TestShard();
        shard.Enqueue("inbox:1", "a");
        var consumer = shard.Subscribe("inbox:1");
        shard.Ack(consumer.Next());
        shard.Pass(Month * 2);
        Exists(shard, "inbox:1").ShouldBeTrue("a consumer is connected");
        Leave(shard, consumer);
        shard.Pass(Month / 2);
        shard.Kill();
        shard.Pass(Month / 2 - TimeSpan.FromDays(1));
        Exists(shard, "inbox:1").ShouldBeTrue("a month has not passed since it left");
        shard.Pass(TimeSpan.FromDays(2));
        Exists(shard, "inbox:1").ShouldBeFalse();
    }

    [Fact]
    public void Carries_nothing_on_of_thousands_of_visitors_that_never_come_back()
    {
        const int Visitors = 3000;
        using var shard = new TestShard();
        for (var i = 0; i < Visitors; i++) shard.Enqueue("inbox:" + i, "hello");
        foreach (var consumer in Enumerable.Range(0, Visitors).Select(i => shard.Subscribe("inbox:" + i)))
        {
            shard.Ack(consumer.Next());
            Leave(shard, consumer);
        }

        shard.Pass(Month + TimeSpan.FromDays(1));
        shard.Core.State.Queues.ShouldBeEmpty();
        for (var i = 0; i < 2000; i++)
        {
            shard.Enqueue("jobs", new Message(new byte[500]));
            if (i == 0) shard.Subscribe("jobs");
        }

        shard.AskQueue("jobs", static (core, queue) => core.Operating.Purge(queue));
        shard.Kill();
        shard.Pass(TimeSpan.FromSeconds(10));
        shard.Core.State.Queues.ShouldHaveSingleItem();
        shard.Shard.Journal.TotalBytes.ShouldBeLessThan(4 * 128 * 1024, "nothing of the visitors is carried on");
        Should.NotThrow(() => shard.Enqueue("inbox:17", "back"));
    }

    [Fact]
    public void Sends_a_dead_letter_back_to_an_inbox_that_went_meanwhile()
    {
        using var shard = new TestShard((QueueAddress.InboxDeadLetters, QueueOptions.DeadLetters with { TimeToLive = null }));
        shard.Enqueue("inbox:1", "bad");
        var consumer = shard.Subscribe("inbox:1");
        shard.Reject(consumer.Next(), "no");
        Leave(shard, consumer);
        shard.Pass(Month + Hour);
        Exists(shard, "inbox:1").ShouldBeFalse();
        shard.Enqueue("inbox:2", "has the id now");
        shard.Browse(QueueAddress.InboxDeadLetters).ShouldHaveSingleItem().DeadLetter!.OriginName.ShouldBe("inbox:1");
        shard.AskQueue(QueueAddress.InboxDeadLetters, static (core, queue) => core.Redriving.Redrive(queue, 0, 10, "inbox:1", null))
            .Moved.ShouldBe(1);
        TestShard.Text(shard.Subscribe("inbox:1").Next()).ShouldBe("bad");
    }

    [Fact]
    public void Wakes_no_message_early_by_a_timer_of_a_queue_that_had_its_id_before()
    {
        using var shard = new TestShard();
        shard.Enqueue("inbox:1", TestShard.Message("never") with { Delay = TimeSpan.FromDays(100), TimeToLive = TimeSpan.FromDays(300) });
        shard.AskQueue("inbox:1", static (core, queue) => core.Operating.Purge(queue)).ShouldBe(1);
        shard.Pass(Month + Hour);
        Exists(shard, "inbox:1").ShouldBeFalse();
        shard.Enqueue("inbox:2", TestShard.Message("late") with { Delay = TimeSpan.FromDays(200), TimeToLive = TimeSpan.FromDays(300) });
        shard.Pass(TimeSpan.FromDays(80));
        shard.Statistics("inbox:2").Scheduled.ShouldBe(1);
    }

    [Fact]
    public void Unregisters_a_device_after_a_month_and_settles_what_only_it_had_not_acknowledged()
    {
        using var shard = new TestShard(("inbox:1", PerDevice));
        var phone = shard.Subscribe("inbox:1", new SubscriptionOptions { Device = "phone", MaxInFlight = 2000 });
        var lost = shard.Subscribe("inbox:1", new SubscriptionOptions { Device = "lost" });
        for (var i = 0; i < 1000; i++) shard.Enqueue("inbox:1", "m");
        foreach (var delivery in phone.DrainAll()) shard.Ack(delivery);
        Leave(shard, lost);
        shard.Pass(Month - Hour);
        shard.Statistics("inbox:1").Acked.ShouldBe(0);
        shard.Kill();
        phone = shard.Subscribe("inbox:1", new SubscriptionOptions { Device = "phone", MaxInFlight = 2000 });
        shard.Pass(Hour * 2);
        shard.Statistics("inbox:1").Acked.ShouldBe(1000);
        shard.Core.State.Find(TestShard.Address("inbox:1"))!.Work!.Devices!.ShouldHaveSingleItem().Name.ShouldBe("phone");
        shard.Enqueue("inbox:1", "next");
        shard.Ack(phone.Next());
        shard.Statistics("inbox:1").Acked.ShouldBe(1001);
    }

    [Fact]
    public void Starts_a_device_with_everything_that_is_retained_and_bothers_no_other()
    {
        using var shard = new TestShard(("inbox:1", PerDevice with { Retention = TimeSpan.FromDays(7) }));
        var phone = shard.Subscribe("inbox:1", new SubscriptionOptions { Device = "phone", Remote = true });
        for (var i = 1; i <= 3; i++) shard.Enqueue("inbox:1", "m" + i);
        var first = phone.DrainAll();
        shard.Ack(first[0]);
        shard.Ack(first[1]);
        shard.Statistics("inbox:1").Retained.ShouldBe(2);
        shard.Subscribe("inbox:1", new SubscriptionOptions { Device = "watch", Remote = true }).Texts().ShouldBe(
            ["m3"], "unread is what is not settled");

        var tablet = shard.Subscribe(
            "inbox:1", new SubscriptionOptions { Device = "tablet", Remote = true, DeviceStart = DeviceStart.All });
        tablet.Texts().ShouldBe(["m1", "m2", "m3"]);
        phone.IsEmpty.ShouldBeTrue();
        shard.Kill();
        shard.Subscribe("inbox:1", new SubscriptionOptions { Device = "phone" }).Texts().ShouldBe(["m3"]);
        tablet = shard.Subscribe("inbox:1", new SubscriptionOptions { Device = "tablet", Remote = true, DeviceStart = DeviceStart.All });
        var again = tablet.DrainAll();
        again.Select(TestShard.Text).ShouldBe(["m1", "m2", "m3"]);
        shard.Ack(again[0]).ShouldBe(SettleOutcome.Done);
        var it = shard.Statistics("inbox:1");
        (it.Acked, it.Retained, it.Enqueued).ShouldBe((1, 1, 3));
    }

    private static bool Exists(TestShard shard, string queue) => shard.Core.State.Find(TestShard.Address(queue)) is not null;

    private static void Leave(TestShard shard, TestConsumer consumer) => shard.Do(core => core.Subscribing.Unsubscribe(consumer.State));
}
