namespace Stork.Queues.Tests;

public sealed class OrderTests
{
    [Fact]
    public void A_message_with_a_priority_goes_before_older_ones_with_a_key()
    {
        using var shard = new TestShard();
        shard.Enqueue("q", TestShard.Message("key") with { Key = "k" });
        shard.Enqueue("q", TestShard.Message("other key") with { Key = "l", Priority = 9 });
        shard.Enqueue("q", "plain");
        shard.Enqueue("q", TestShard.Message("urgent") with { Priority = 9 });
        shard.Subscribe("q", new SubscriptionOptions { MaxInFlight = 9 }).Texts().ShouldBe(["urgent", "key", "other key", "plain"]);
    }

    [Fact]
    public void Processes_one_message_of_a_key_at_a_time_over_all_consumers()
    {
        using var shard = new TestShard();
        foreach (var (key, body) in (ReadOnlySpan<(string, string)>)[("a", "a1"), ("a", "a2"), ("b", "b1"), ("a", "a3")])
            shard.Enqueue("q", TestShard.Message(body) with { Key = key });
        var one = shard.Subscribe("q", new SubscriptionOptions { MaxInFlight = 5 });
        var two = shard.Subscribe("q", new SubscriptionOptions { MaxInFlight = 5 });
        var first = one.DrainAll().Concat(two.DrainAll()).OrderBy(static d => d.Sequence).ToList();
        first.Select(TestShard.Text).ShouldBe(["a1", "b1"]);
        shard.Ack(first[0]);
        var next = one.DrainAll().Concat(two.DrainAll()).ToList();
        next.Select(TestShard.Text).ShouldBe(["a2"]);
    }

    [Fact]
    public void Blocks_only_the_key_whose_message_backs_off()
    {
        using var shard = new TestShard();
        foreach (var (key, body) in (ReadOnlySpan<(string, string)>)[("a", "a1"), ("a", "a2"), ("b", "b1"), ("b", "b2")])
            shard.Enqueue("q", TestShard.Message(body) with { Key = key });
        var consumer = shard.Subscribe("q");
        shard.Nack(consumer.Next(), delay: 60_000);
        var b = consumer.Next();
        TestShard.Text(b).ShouldBe("b1");
        shard.Ack(b);
        b = consumer.Next();
        TestShard.Text(b).ShouldBe("b2");
        shard.Ack(b);
        consumer.IsEmpty.ShouldBeTrue();
        shard.Pass(TimeSpan.FromMinutes(1));
        TestShard.Text(consumer.Next()).ShouldBe("a1");
    }

    [Fact]
    public void Blocks_a_strict_queue_while_its_first_message_fails()
    {
        var second = TimeSpan.FromSeconds(1);
        using var shard = new TestShard(
            ("q", QueueOptions.Work with { Order = DeliveryOrder.Strict, MaxFailures = 1, Backoff = second, BackoffJitter = 0 }));
        shard.Enqueue("q", "1");
        shard.Enqueue("q", "2");
        var consumer = shard.Subscribe("q", new SubscriptionOptions { MaxInFlight = 10 });
        shard.Nack(consumer.DrainAll().ShouldHaveSingleItem());
        consumer.IsEmpty.ShouldBeTrue();
        shard.Pass(TimeSpan.FromSeconds(1));
        shard.Nack(consumer.Next());
        TestShard.Text(consumer.Next()).ShouldBe("2", "the first is a dead letter now");
    }

    [Fact]
    public void Delivers_higher_priorities_first_and_keeps_them_over_a_restart()
    {
        using var shard = new TestShard();
        foreach (var (priority, body) in (ReadOnlySpan<(int, string)>)[(0, "low"), (9, "high"), (5, "middle"), (9, "high2")])
            shard.Enqueue("q", TestShard.Message(body) with { Priority = priority });
        shard.Kill();
        var consumer = shard.Subscribe("q");
        var delivery = consumer.Next();
        TestShard.Text(delivery).ShouldBe("high");
        shard.Release(delivery);
        shard.Subscribe("q", new SubscriptionOptions { MaxInFlight = 10 }).Texts().ShouldBe(
            ["high2", "middle", "low"], "the released one went back to the first consumer");
        TestShard.Text(consumer.Next()).ShouldBe("high");
    }

    [Fact]
    public void Gives_every_consumer_of_an_inbox_every_message_until_the_first_acknowledgement()
    {
        using var shard = new TestShard();
        var phone = shard.Subscribe("inbox:1");
        var laptop = shard.Subscribe("inbox:1");
        shard.Enqueue("inbox:1", "a");
        shard.Enqueue("inbox:1", "b");
        var onPhone = phone.DrainAll();
        var onLaptop = laptop.DrainAll();
        onPhone.Select(TestShard.Text).ShouldBe(["a", "b"]);
        onLaptop.Select(TestShard.Text).ShouldBe(["a", "b"]);
        shard.Ack(onPhone[0]).ShouldBe(SettleOutcome.Done);
        shard.Ack(onLaptop[0]).ShouldBe(SettleOutcome.AlreadySettled);
        shard.Subscribe("inbox:1").Texts().ShouldBe(["b"], "a later one gets what is unsettled");
    }

    [Fact]
    public void Settles_for_each_device_by_itself()
    {
        using var shard = new TestShard(("inbox:1", QueueOptions.Inbox with { Fanout = Fanout.PerDevice }));
        var phone = shard.Subscribe("inbox:1", new SubscriptionOptions { Device = "phone" });
        var laptop = shard.Subscribe("inbox:1", new SubscriptionOptions { Device = "laptop" });
        shard.Enqueue("inbox:1", "a");
        shard.Ack(phone.Next()).ShouldBe(SettleOutcome.Done);
        shard.Statistics("inbox:1").Acked.ShouldBe(0);
        shard.Kill();
        shard.Subscribe("inbox:1", new SubscriptionOptions { Device = "phone" }).IsEmpty.ShouldBeTrue();
        shard.Subscribe("inbox:1", new SubscriptionOptions { Device = "tablet", DeviceStart = DeviceStart.New }).IsEmpty.ShouldBeTrue();
        laptop = shard.Subscribe("inbox:1", new SubscriptionOptions { Device = "laptop" });
        shard.Ack(laptop.Next()).ShouldBe(SettleOutcome.Done);
        shard.Statistics("inbox:1").Acked.ShouldBe(1);
    }

    [Fact]
    public void Settles_what_only_a_forgotten_device_had_not_acknowledged()
    {
        using var shard = new TestShard(("inbox:1", QueueOptions.Inbox with { Fanout = Fanout.PerDevice }));
        var phone = shard.Subscribe("inbox:1", new SubscriptionOptions { Device = "phone" });
        shard.Subscribe("inbox:1", new SubscriptionOptions { Device = "lost" });
        shard.Enqueue("inbox:1", "a");
        shard.Ack(phone.Next());
        shard.AskQueue("inbox:1", static (core, queue) => core.Registering.Unregister(queue, "lost")).ShouldBe(true);
        shard.Statistics("inbox:1").Acked.ShouldBe(1);
    }

    [Fact]
    public void Prefers_one_active_consumer_and_falls_back_to_the_others()
    {
        using var shard = new TestShard(("inbox:1", QueueOptions.Inbox with { Fanout = Fanout.ActiveDevice }));
        var main = shard.Subscribe("inbox:1", new SubscriptionOptions { Priority = 1 });
        var backup = shard.Subscribe("inbox:1");
        shard.Enqueue("inbox:1", "a");
        TestShard.Text(main.Next()).ShouldBe("a");
        backup.IsEmpty.ShouldBeTrue();
        shard.Ask(core =>
        {
            core.Subscribing.Unsubscribe(main.State);
            return 0;
        });
        TestShard.Text(backup.Next()).ShouldBe("a");
    }
}
