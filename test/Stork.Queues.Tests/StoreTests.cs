using System.Text;

namespace Stork.Queues.Tests;

/// <summary>The public surface, on real files and with real threads.</summary>
public sealed class StoreTests : IDisposable
{
    private static readonly QueueStoreOptions Small = new() { SegmentSize = 1 << 20, MinFreeBytes = 0 };

    private readonly string _directory = Path.Combine(Path.GetTempPath(), "stork-queues-" + Guid.NewGuid().ToString("N"));

    public void Dispose()
    {
        if (Directory.Exists(_directory)) Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task Stores_delivers_and_forgets_over_restarts()
    {
        await using (var store = await QueueStore.OpenAsync(_directory, Small))
        {
            await store.Inbox("user:42").EnqueueAsync("hello"u8.ToArray());
            await store.Inbox("user:42").EnqueueAsync("again"u8.ToArray());
        }

        await using (var store = await QueueStore.OpenAsync(_directory, Small))
        {
            await using var consumer = await store.Inbox("user:42").SubscribeAsync();
            var delivery = await Soon(consumer.ReceiveAsync().AsTask(), "the first message");
            Encoding.UTF8.GetString(delivery.Body.Span).ShouldBe("hello");
            (await delivery.AckAsync()).ShouldBe(SettleOutcome.Done);
        }

        await using (var store = await QueueStore.OpenAsync(_directory, Small))
        {
            var numbers = (await store.ListQueuesAsync()).ShouldHaveSingleItem();
            (numbers.Ready, numbers.Acked, numbers.Enqueued).ShouldBe((1, 1, 2));
            store.Health.IsHealthy.ShouldBeTrue();
        }
    }

    [Fact]
    public async Task Pushes_the_messages_of_many_queues_to_one_receiver_and_counts_its_errors_as_failures()
    {
        await using var store = await QueueStore.OpenAsync(_directory, Small);
        var received = System.Threading.Channels.Channel.CreateUnbounded<Delivery>();
        foreach (var user in (string[])["user:1", "user:2", "user:3"]) await store.Inbox(user).SubscribeAsync(null, Take);
        foreach (var user in (string[])["user:1", "user:2", "user:3"]) await store.Inbox(user).EnqueueAsync(new Message { Key = user });
        var names = new List<string>();
        for (var i = 0; i < 3; i++)
        {
            var delivery = await Soon(received.Reader.ReadAsync().AsTask(), "a pushed message");
            names.Add(delivery.QueueName);
            delivery.Key.ShouldBe(delivery.QueueName);
            delivery.FailureCount.ShouldBe(delivery.QueueName == "user:2" ? 1 : 0);
            (await delivery.AckAsync()).ShouldBe(SettleOutcome.Done);
        }

        names.ShouldBe(["user:1", "user:3", "user:2"]);
        await using var pushed = await store.Queue("work").SubscribeAsync(null, Take);
        Should.Throw<InvalidOperationException>(() => pushed.TryReceive(out _));

        void Take(Delivery delivery)
        {
            if (delivery is { QueueName: "user:2", DeliveryCount: 1 }) throw new InvalidOperationException("not yet");
            received.Writer.TryWrite(delivery);
        }
    }

    [Fact]
    public async Task Keeps_every_byte_over_many_segments_that_are_made_ahead()
    {
        const int Messages = 3000;
        var options = Small with { SegmentSize = 128 * 1024 };
        await using (var store = await QueueStore.OpenAsync(_directory, options))
        {
            var stored = new List<Task>();
            for (var i = 0; i < Messages; i++) stored.Add(store.Inbox("user:" + (i % 10)).EnqueueAsync(Body(i)));
            await Soon(Task.WhenAll(stored), "three thousand messages");
            store.Health.JournalBytes.ShouldBeGreaterThan(20 * options.SegmentSize);
        }

        await using (var store = await QueueStore.OpenAsync(_directory, options))
        {
            for (var user = 0; user < 10; user++)
            {
                await using var consumer = await store.Inbox("user:" + user).SubscribeAsync(new SubscriptionOptions { MaxInFlight = 100 });
                for (var i = user; i < Messages; i += 10)
                {
                    var delivery = await Soon(consumer.ReceiveAsync().AsTask(), $"message {i}");
                    delivery.Body.Span.SequenceEqual(Body(i)).ShouldBeTrue($"message {i} is what was sent");
                    delivery.Ack();
                }
            }

            store.Health.IsHealthy.ShouldBeTrue();
        }

        await using var again = await QueueStore.OpenAsync(_directory, options);
        (await again.ListQueuesAsync()).ShouldAllBe(static q => q.Ready == 0 && q.Acked == 300);

        static byte[] Body(int number)
        {
            var body = new byte[1200];
            new Random(number).NextBytes(body);
            return body;
        }
    }

    [Fact]
    public async Task Lets_only_one_opener_in()
    {
        await using var store = await QueueStore.OpenAsync(_directory, Small);
        (await Should.ThrowAsync<QueueException>(() => QueueStore.OpenAsync(_directory, Small))).Code.ShouldBe(QueueErrorCode.Locked);
    }

    [Fact]
    public async Task Processes_with_handlers_whose_exceptions_are_failures()
    {
        await using var store = await QueueStore.OpenAsync(
            _directory,
            Small with { Durability = Durability.Memory, Configure = static (_, _) => QueueOptions.Work with { Backoff = TimeSpan.Zero } });
        var queue = store.Queue("jobs");
        await queue.EnqueueAsync([.. Enumerable.Range(0, 100).Select(static i => new Message(BitConverter.GetBytes(i)))]);
        using var stop = new CancellationTokenSource();
        var done = new TaskCompletionSource();
        var seen = 0;
        var processing = queue.ProcessAsync(
            (delivery, _) =>
            {
                if (!delivery.Redelivered) throw new InvalidOperationException("not yet");
                if (Interlocked.Increment(ref seen) == 100) done.SetResult();
                return Task.CompletedTask;
            },
            new SubscriptionOptions { MaxInFlight = 4 },
            cancellationToken: stop.Token);
        await Soon(done.Task, "a hundred messages, each at the second try");
        await stop.CancelAsync();
        await Soon(processing, "the end of processing");
        (await queue.GetStatisticsAsync())!.DeadLettered.ShouldBe(0);
    }

    [Fact]
    public async Task Processes_with_the_longest_time_for_an_answer()
    {
        await using var store = await QueueStore.OpenAsync(_directory, Small with { Durability = Durability.Memory });
        var queue = store.Queue("jobs");
        await queue.EnqueueAsync(new byte[1]);
        using var stop = new CancellationTokenSource();
        var done = new TaskCompletionSource();
        var processing = queue.ProcessAsync(
            (_, _) =>
            {
                done.SetResult();
                return Task.CompletedTask;
            },
            new SubscriptionOptions { AckTimeout = QueueOptions.MaxDelay },
            cancellationToken: stop.Token);
        await await Soon(Task.WhenAny(done.Task, processing), "the message");
        await stop.CancelAsync();
        await Soon(processing, "the end of processing");
        (await queue.GetStatisticsAsync())!.Acked.ShouldBe(1);
    }

    [Fact]
    public async Task Spreads_queues_over_shards_and_keeps_their_number()
    {
        var options = Small with { Shards = 3, SegmentSize = 256 * 1024 };
        await using (var store = await QueueStore.OpenAsync(_directory, options))
        {
            for (var i = 0; i < 50; i++) await store.Inbox("user:" + i).EnqueueAsync(new byte[10]);
            var consumer = await store.Inbox("user:7").SubscribeAsync(new SubscriptionOptions { Owner = "seven", Remote = true });
            var delivery = await Soon(consumer.ReceiveAsync().AsTask(), "a message");
            (await store.AckAsync(delivery.AckId, "seven")).ShouldBe(SettleOutcome.Done);
        }

        (await Should.ThrowAsync<QueueException>(() => QueueStore.OpenAsync(_directory, Small))).Code.ShouldBe(QueueErrorCode.Format);
        await using var again = await QueueStore.OpenAsync(_directory, options);
        (await again.ListQueuesAsync()).Sum(static q => q.Ready).ShouldBe(49);
    }

    [Fact]
    public async Task Refuses_work_after_it_was_closed()
    {
        var store = await QueueStore.OpenAsync(_directory, Small);
        var queue = store.Queue("q");
        var consumer = await queue.SubscribeAsync();
        await store.DisposeAsync();
        (await Should.ThrowAsync<QueueException>(() => queue.EnqueueAsync(new byte[1]))).Code.ShouldBe(QueueErrorCode.Closed);
        (await Should.ThrowAsync<QueueException>(() => consumer.ReceiveAsync().AsTask())).Code.ShouldBe(QueueErrorCode.Closed);
    }

    private static async Task<T> Soon<T>(Task<T> task, string what)
    {
        await Soon((Task)task, what);
        return await task;
    }

    private static async Task Soon(Task task, string what)
    {
        var limit = Task.Delay(TimeSpan.FromSeconds(30), TimeProvider.System);
        (await Task.WhenAny(task, limit)).ShouldBe(task, $"waited 30 s for {what}");
        await task;
    }
}
