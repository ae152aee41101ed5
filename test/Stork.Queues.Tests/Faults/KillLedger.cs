using System.Globalization;

namespace Stork.Queues.Tests.Faults;

/// <summary>What the killed processes of one directory reported, and whether the directory agrees.</summary>
internal sealed class KillLedger(string directory)
{
    private readonly HashSet<(int Producer, long Number)> _told = [];
    private readonly HashSet<long> _done = [];
    private readonly HashSet<long> _doneOrUnknown = [];
    private readonly HashSet<long> _rejected = [];
    private readonly HashSet<long> _ackIds = [];

    /// <summary>The last number told to each producer.</summary>
    public long[] Last { get; } = new long[KillChild.Producers];

    public int Told => _told.Count;

    public int Done => _done.Count;

    public int Delivered => _ackIds.Count;

    public void Note(string line)
    {
        var parts = line.Split(' ');
        var first = long.Parse(parts[1], CultureInfo.InvariantCulture);
        var second = long.Parse(parts[2], CultureInfo.InvariantCulture);
        switch (parts[0])
        {
            case "stored":
                second.ShouldBe(Last[first] + 1, "a producer's numbers have no gaps");
                Last[first] = second;
                _told.Add(((int)first, second)).ShouldBeTrue($"told twice: {line}");
                break;
            case "got":
                _done.ShouldNotContain(first, "K6: what was acknowledged is not delivered again");
                _ackIds.Add(second).ShouldBeTrue($"K7: ack id {second} is given out twice");
                break;
            case "acking":
                _doneOrUnknown.Add(first);
                break;
            case "rejecting":
                _rejected.Add(first);
                break;
            case "done":
                _done.Add(first);
                break;
            default:
                throw new InvalidOperationException("The process says: " + line);
        }
    }

    /// <summary>Opens a copy, so that the next process meets the directory as the killed one left it.</summary>
    public async Task CheckAsync(string copy)
    {
        Copy(directory, copy);
        await using (var store = await QueueStore.OpenAsync(copy, KillChild.Options))
        {
            store.Health.IsHealthy.ShouldBeTrue();
            await CheckAsync(store);
            foreach (var it in await store.ListQueuesAsync())
                (it.Ready + it.Scheduled + it.InFlight + it.Acked + it.Expired + it.Dropped + it.DeadLettered + it.Purged + it.Redriven)
                    .ShouldBe(it.Enqueued, $"K1: conservation of {it.Name}");
        }

        Directory.Delete(copy, recursive: true);
    }

    private async Task CheckAsync(QueueStore store)
    {
        var waiting = await IdsAsync(store.Queue("jobs"));
        var results = await IdsAsync(store.Queue("results"));
        var deadJobs = await IdsAsync(store.Queue("jobs").DeadLetters);
        var inbox = await IdsAsync(store.Inbox("user"));
        var deadLetters = await IdsAsync(store.Inbox("user").DeadLetters);
        foreach (var (producer, number) in _told)
        {
            var id = KillChild.Id(producer, number);
            var places = (waiting.Contains(id) ? 1 : 0) + (results.Contains(id) ? 1 : 0) + (deadJobs.Contains(id) ? 1 : 0)
                + (inbox.Contains(id) ? 1 : 0) + (deadLetters.Contains(id) ? 1 : 0);
            if (producer > 0) places.ShouldBe(1, $"K1, K2: job {id} is in one place");
            else if (_doneOrUnknown.Contains(id)) places.ShouldBeLessThanOrEqualTo(1, $"message {id} is not there twice");
            else places.ShouldBe(1, $"K2, K7: message {id}, which nobody acknowledged, is there");
        }

        foreach (var id in _done)
        {
            waiting.ShouldNotContain(id, "K6: a job done is done");
            inbox.ShouldNotContain(id, "K6: a message acknowledged is gone");
            if (id >= KillChild.Id(1, 0)) results.ShouldContain(id, "a job done has its result");
        }

        deadLetters.ShouldAllBe(id => _rejected.Contains(id), "only what was rejected is dead");
    }

    /// <summary>Every message of a queue, each of which must be there once.</summary>
    private static async Task<HashSet<long>> IdsAsync(MessageQueue queue)
    {
        var ids = new HashSet<long>();
        for (long from = 0; ;)
        {
            var page = await queue.BrowseAsync(new BrowseOptions { FromSequence = from, Limit = BrowseOptions.MaxLimit, WithBody = true });
            if (page.Count == 0) return ids;
            foreach (var message in page)
                ids.Add(KillChild.Id(message.Body)).ShouldBeTrue($"K3: {queue.Name} has message {KillChild.Id(message.Body)} twice");
            from = page[^1].Sequence + 1;
        }
    }

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.GetFiles(from)) File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        foreach (var folder in Directory.GetDirectories(from)) Copy(folder, Path.Combine(to, Path.GetFileName(folder)));
    }
}
