namespace Stork.Queues.Tests;

/// <summary>Whoever passes messages on learns which of them came at once.</summary>
public sealed class TurnEndTests
{
    [Fact]
    public void What_one_sync_makes_durable_ends_with_one_call()
    {
        using var shard = new TestShard();
        var ann = shard.Subscribe("inbox:ann", new SubscriptionOptions { MaxInFlight = 100 });
        var ben = shard.Subscribe("inbox:ben", new SubscriptionOptions { MaxInFlight = 100 });
        shard.Submit("inbox:ann", TestShard.Message("1"));
        shard.Submit("inbox:ben", TestShard.Message("2"));
        shard.Submit("inbox:ann", TestShard.Message("3"));
        shard.Settle();
        ann.Turns.ShouldBe([2]);
        ben.Turns.ShouldBe([1]);
        ann.Texts().ShouldBe(["1", "3"]);
        shard.Enqueue("inbox:ann", "4");
        ann.Turns.ShouldBe([2, 1]);
        ben.Turns.ShouldBe([1]);
    }

    [Fact]
    public async Task A_receiver_hears_the_end_behind_what_came_and_what_it_throws_harms_nobody()
    {
        await using var store = await QueueStore.OpenAsync("memory", new QueueStoreOptions { Durability = Durability.Memory });
        var queue = store.Queue("work");
        await queue.EnqueueAsync([new Message("1"u8.ToArray()), new Message("2"u8.ToArray())]);
        var receiver = new Receiver();
        await using (await queue.SubscribeAsync(new SubscriptionOptions { MaxInFlight = 10 }, receiver))
        {
            await receiver.Ended.Task.WaitAsync(TimeSpan.FromMinutes(1));
            receiver.Heard.ShouldBe(["1", "2", "caught up", "end"]);
            // It throws at the end of each turn.
            (await store.Queue("other").EnqueueAsync("3"u8.ToArray())).Sequence.ShouldBe(1);
        }
    }

    private sealed class Receiver : IDeliveryReceiver
    {
        public List<string> Heard { get; } = [];

        public TaskCompletionSource Ended { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Deliver(Delivery delivery)
        {
            lock (Heard) Heard.Add(TestShard.Text(delivery));
        }

        public void CaughtUp()
        {
            lock (Heard) Heard.Add("caught up");
        }

        public void EndTurn()
        {
            lock (Heard) Heard.Add("end");
            Ended.TrySetResult();
            throw new InvalidOperationException("It does not hold to the rules.");
        }
    }
}
