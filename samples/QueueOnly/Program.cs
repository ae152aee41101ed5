// A producer and three workers on one durable queue, in one process that may be killed at any moment:
//
//     dotnet run --project samples/QueueOnly              and from another terminal, as often as you like: kill -9 <pid>
//     dotnet run --project samples/QueueOnly -- check     counts: every job once in the results or still waiting, none twice
//
// Start it again and it goes on where it was. Every job is numbered by its producer, so that one that is sent again after a crash is stored
// once, and the workers write each result into a second queue together with their acknowledgement: a job without its result, or with two,
// cannot be. --data says where it keeps them; "fast" sends jobs as fast as the disk takes them.
using System.Globalization;
using System.Text;
using Stork.Queues;

var directory = Path.GetFullPath(args.SkipWhile(static a => a != "--data").ElementAtOrDefault(1) ?? "data");
var pause = args.Contains("fast") ? TimeSpan.Zero : TimeSpan.FromMilliseconds(50);
await using var store = await QueueStore.OpenAsync(directory, new QueueStoreOptions { SegmentSize = 4 << 20, MinFreeBytes = 64 << 20 });
var jobs = store.Queue("jobs");
var results = store.Queue("results");

if (args.Contains("check")) return await CheckAsync();

Console.WriteLine($"process {Environment.ProcessId} works in {directory}; end it with kill -9 {Environment.ProcessId}");
using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) =>
{
    pressed.Cancel = true;
    stop.Cancel();
};

var workers = Enumerable.Range(1, 3).Select(WorkAsync);
await Task.WhenAll([ProduceAsync(), .. workers]);
return 0;

async Task ProduceAsync()
{
    // Where to go on: the queue knows how many jobs it ever took. A number that is sent twice is recognised.
    var number = (await jobs.GetStatisticsAsync())?.Enqueued ?? 0;
    while (!stop.IsCancellationRequested)
    {
        number++;
        var text = Encoding.UTF8.GetBytes(number.ToString(CultureInfo.InvariantCulture));
        var job = new Message(text) { Producer = "sample", ProducerSequence = number };
        await jobs.EnqueueAsync(job);
        Console.WriteLine($"stored {number}");
        if (pause > TimeSpan.Zero) await Task.Delay(pause, TimeProvider.System);
    }
}

async Task WorkAsync(int worker)
{
    await using var consumer = await jobs.SubscribeAsync(new SubscriptionOptions { MaxInFlight = 8, Owner = "worker " + worker });
    try
    {
        await foreach (var job in consumer.ReadAllAsync(stop.Token))
        {
            await Task.Delay(pause * worker, TimeProvider.System);   // the work
            await store.CreateBatch().Ack(job).Enqueue(results, new Message(job.Body)).CommitAsync();
            var again = job.Redelivered ? ", which was begun before" : "";
            Console.WriteLine($"worker {worker} did {Encoding.UTF8.GetString(job.Body.Span)}{again}");
        }
    }
    catch (OperationCanceledException)
    {
        // Control-C: what this worker still has goes back.
    }
}

async Task<int> CheckAsync()
{
    var seen = new HashSet<long>();
    var doubles = 0;
    for (long from = 0; ;)
    {
        var page = await results.BrowseAsync(new BrowseOptions { FromSequence = from, Limit = BrowseOptions.MaxLimit, WithBody = true });
        if (page.Count == 0) break;
        foreach (var result in page)
            if (!seen.Add(long.Parse(result.Body, CultureInfo.InvariantCulture))) doubles++;
        from = page[^1].Sequence + 1;
    }

    var left = await jobs.GetStatisticsAsync();
    var dead = await jobs.DeadLetters.GetStatisticsAsync();
    var waiting = (left?.Ready ?? 0) + (left?.Scheduled ?? 0) + (left?.InFlight ?? 0);
    Console.WriteLine($"jobs {left?.Enqueued ?? 0}, results {seen.Count}, waiting {waiting}, dead {dead?.Ready ?? 0}, doubles {doubles}");
    return doubles == 0 && seen.Count + waiting + (dead?.Ready ?? 0) == (left?.Enqueued ?? 0) ? 0 : 1;
}
