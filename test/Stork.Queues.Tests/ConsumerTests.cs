using Stork.Queues.Records;
using Stork.Queues.Rules;
using Stork.Queues.Shards;
using Stork.Queues.State;

namespace Stork.Queues.Tests;

public sealed class ConsumerTests
{
    [Fact]
    public void Any_number_of_lost_consumers_keeps_nobody_from_coming()
    {
        using var shard = new TestShard();
        var lost = Enumerable.Range(0, 50)
            .Select(i => shard.Subscribe("jobs", new SubscriptionOptions { Owner = "socket " + i })).ToArray();
        foreach (var consumer in lost) shard.Enqueue("jobs", "m");
        shard.Statistics("jobs").InFlight.ShouldBe(lost.Length);
        foreach (var consumer in lost) shard.Do(core => core.Detaching.Detach(consumer.State, Departure.Lost));
        var command = new Request<ConsumerState>(
            core => core.Subscribing.Subscribe(
                TestShard.Address("jobs"), new SubscriptionOptions { Owner = "socket 50" }, new TestConsumer(shard.Shard)),
            core => core.Subscribing.BytesFor(TestShard.Address("jobs"), "socket 50"));
        shard.Shard.Submit(command);
        shard.Settle();
        command.Task.IsCompletedSuccessfully.ShouldBeTrue();
    }

    [Fact]
    public void Equally_busy_consumers_take_turns()
    {
        using var shard = new TestShard();
        var consumers = Enumerable.Range(0, 3).Select(_ => shard.Subscribe("jobs")).ToArray();
        for (var i = 0; i < 9; i++)
        {
            shard.Enqueue("jobs", "m");
            shard.Ack(consumers[i % 3].Next());
        }
    }

    [Fact]
    public void Gives_no_more_bytes_than_a_consumer_may_have_out()
    {
        using var shard = new TestShard();
        var consumer = shard.Subscribe("inbox:1", new SubscriptionOptions { MaxInFlightBytes = 3000 });
        for (var i = 0; i < 6; i++) shard.Enqueue("inbox:1", new string((char)('a' + i), 1000));
        var first = consumer.DrainAll();
        first.Count.ShouldBe(3);
        shard.Ack(first[1]);
        consumer.Next().Sequence.ShouldBe(4);
        consumer.IsEmpty.ShouldBeTrue();
    }

    [Fact]
    public void Gives_one_message_that_is_larger_than_all_a_consumer_may_have_out()
    {
        using var shard = new TestShard();
        var consumer = shard.Subscribe("inbox:1", new SubscriptionOptions { MaxInFlightBytes = 1 });
        shard.Enqueue("inbox:1", "a");
        shard.Enqueue("inbox:1", "b");
        var only = consumer.Next();
        consumer.IsEmpty.ShouldBeTrue();
        shard.Ack(only);
        TestShard.Text(consumer.Next()).ShouldBe("b");
    }

    [Fact]
    public void Neither_delivers_to_a_suspended_consumer_nor_ends_its_leases()
    {
        using var shard = new TestShard();
        var consumer = shard.Subscribe("inbox:1");
        shard.Enqueue("inbox:1", "a");
        var held = consumer.Next();
        shard.Ask(core =>
        {
            Subscribing.Suspend(consumer.State);
            return 0;
        });
        shard.Enqueue("inbox:1", "b");
        shard.Pass(TimeSpan.FromMinutes(5));
        consumer.IsEmpty.ShouldBeTrue();
        shard.Ask(core =>
        {
            core.Subscribing.Resume(consumer.State);
            return 0;
        });
        consumer.Texts().ShouldBe(["b"]);
        shard.Pass(TimeSpan.FromSeconds(29));
        shard.Ack(held).ShouldBe(SettleOutcome.Done);
        shard.Pass(TimeSpan.FromSeconds(2));
        shard.Pass(TimeSpan.FromSeconds(2));
        consumer.Texts().ShouldBe(["b"], "its lease runs again");
    }

    [Fact]
    public void Tells_once_when_all_that_waited_has_been_handed_out()
    {
        using var shard = new TestShard();
        for (var i = 0; i < 3; i++) shard.Enqueue("inbox:1", "m");
        var consumer = shard.Subscribe("inbox:1", new SubscriptionOptions { MaxInFlight = 2 });
        consumer.CaughtUp.ShouldBe(0);
        shard.Ack(consumer.Next());
        consumer.CaughtUp.ShouldBe(0, "credit was used up before it was known that nothing else waits");
        shard.Ack(consumer.Next());
        consumer.CaughtUp.ShouldBe(1);
        shard.Enqueue("inbox:1", "m");
        consumer.CaughtUp.ShouldBe(1);
        shard.Subscribe("inbox:2").CaughtUp.ShouldBe(1, "at once, if there is nothing");
    }

    [Fact]
    public void A_consumer_without_a_device_speaks_for_all_devices()
    {
        using var shard = new TestShard(("inbox:1", QueueOptions.Inbox with { Fanout = Fanout.PerDevice }));
        var phone = shard.Subscribe("inbox:1", new SubscriptionOptions { Device = "phone" });
        var everybody = shard.Subscribe("inbox:1");
        shard.Enqueue("inbox:1", "a");
        shard.Enqueue("inbox:1", "b");
        shard.Ack(phone.Next());
        shard.Ack(everybody.Next());
        shard.Ack(everybody.Next());
        shard.Statistics("inbox:1").Acked.ShouldBe(2);
        shard.Kill();
        shard.Subscribe("inbox:1", new SubscriptionOptions { Device = "phone" }).IsEmpty.ShouldBeTrue();
    }

    [Fact]
    public void Finds_a_message_by_its_producers_id_also_after_a_crash()
    {
        using var shard = new TestShard();
        shard.Enqueue("jobs", TestShard.Message("answer") with { DedupId = "x" });
        shard.Kill();
        var found = shard.AskQueue("jobs", static (core, queue) => core.Browsing.FindByDedupId(queue, IdHash.Of("x")));
        System.Text.Encoding.UTF8.GetString(found!.Body!).ShouldBe("answer");
        shard.AskQueue("jobs", static (core, queue) => core.Browsing.FindByDedupId(queue, IdHash.Of("y"))).ShouldBeNull();
    }
}
