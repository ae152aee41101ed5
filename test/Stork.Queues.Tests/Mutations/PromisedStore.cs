using System.Globalization;
using Stork.Shared.Disk;

namespace Stork.Queues.Tests.Mutations;

/// <summary>A store with a life behind it, stopped or killed, an older copy of it, and what was promised of it.</summary>
internal sealed class PromisedStore
{
    public static readonly string[] Queues = ["jobs", "keys", "large", "user:1", "user:2"];

    private readonly HashSet<(string Queue, int Number)> _waiting = [];

    private PromisedStore(string path, string older, QueueStoreOptions options)
    {
        (Path, Older, Options) = (path, older, options);
    }

    public string Path { get; }

    /// <summary>The files as they were some time before.</summary>
    public string Older { get; }

    public QueueStoreOptions Options { get; }

    /// <summary>What was told as stored and not as settled: its queue and the number of its body. Dead letters are there
    /// under their own name.</summary>
    public IReadOnlySet<(string Queue, int Number)> Waiting => _waiting;

    /// <summary>The name of a queue's dead letters here: inboxes share theirs.</summary>
    public static string DeadOf(string queue) => (queue.StartsWith("user:", StringComparison.Ordinal) ? "inboxes" : queue) + " (dead)";

    public static MessageQueue Handle(QueueStore store, string queue) =>
        queue.StartsWith("user:", StringComparison.Ordinal) ? store.Inbox(queue) : store.Queue(queue);

    public static Task<QueueStore> OpenAsync(string path, QueueStoreOptions options) =>
        QueueStore.OpenAsync(path, options, static folder => new QuickDisk(new FileDisk(folder)));

    public static async Task<PromisedStore> MakeAsync(string root, int number, bool stopped, int shards, long snapshotBytes)
    {
        var options = new QueueStoreOptions { SegmentSize = 128 * 1024, MinFreeBytes = 0, Shards = shards, SnapshotBytes = snapshotBytes };
        var path = System.IO.Path.Combine(root, string.Create(CultureInfo.InvariantCulture, $"base{number}"));
        var live = stopped ? path : path + "-live";
        var made = new PromisedStore(path, path + "-older", options);
        var store = await OpenAsync(live, options);
        await made.LiveAsync(store, new Random(number), 250);
        JournalEndTests.CopyTo(live, made.Older);
        await made.LiveAsync(store, new Random(number + 100), 200);
        // What a process that is killed leaves is what the files say at that moment.
        if (!stopped) JournalEndTests.CopyTo(live, path);
        await store.DisposeAsync();
        return made;
    }

    /// <summary>Messages of different sizes come; of the small ones most are acknowledged, some are rejected or stay out.</summary>
    private async Task LiveAsync(QueueStore store, Random random, int messages)
    {
        for (var i = 0; i < messages; i++)
        {
            var queue = Queues[random.Next(Queues.Length)];
            if (queue == "large" && random.Next(8) > 0) queue = "jobs";
            await EnqueueAsync(store, queue, random, queue == "large" ? 150_000 : random.Next(2500));
        }

        foreach (var queue in (string[])["jobs", "keys", "user:1"])
        {
            await using var consumer = await Handle(store, queue).SubscribeAsync(
                new SubscriptionOptions { MaxInFlight = 50, Owner = "o", Remote = true });
            for (var left = 30; left > 0 && consumer.TryReceive(out var delivery); left--) await EndAsync(queue, delivery, random.Next(10));
        }

        // These are out when the process ends.
        await Handle(store, "user:2").SubscribeAsync(new SubscriptionOptions { MaxInFlight = 5, Owner = "p", Remote = true });

        // Whatever was settled is durable once something after it is; each shard has one of these.
        foreach (var queue in Queues) await EnqueueAsync(store, queue, random, 10);
    }

    private async Task EndAsync(string queue, Delivery delivery, int how)
    {
        if (how == 0) return;
        var number = Number(delivery.Body.Span);
        (how == 1 ? await delivery.RejectAsync() : await delivery.AckAsync()).ShouldBe(SettleOutcome.Done);
        _waiting.Remove((queue, number)).ShouldBeTrue();
        if (how == 1) _waiting.Add((DeadOf(queue), number));
    }

    private async Task EnqueueAsync(QueueStore store, string queue, Random random, int size)
    {
        var body = new byte[size + 4];
        random.NextBytes(body);
        var message = new Message(body) { Key = queue == "keys" ? "k" + random.Next(5) : null };
        await Handle(store, queue).EnqueueAsync(message);
        _waiting.Add((queue, Number(body))).ShouldBeTrue();
    }

    public static int Number(ReadOnlySpan<byte> body) => (int)Stork.Shared.Crc32C.Of(body);
}
