// A producer and three workers on one durable queue, in one process that may be killed at any moment:
//
//     dotnet run -- data            and from another terminal, as often as you like: kill -9 <pid>
//
// Start it again and it goes on where it was. Every job is numbered by its producer, so that one that is sent again after a crash is stored once,
// and the workers write each result into a second queue together with their acknowledgement: a job without its result, or with two, cannot be.
// "dotnet run -- data check" counts the results afterwards.
using System.Globalization;
using System.Text;
using Stork.Queues;

var directory = args.Length > 0 ? args[0] : "data";
await using var store = await QueueStore.OpenAsync(directory, new QueueStoreOptions { SegmentSize = 4 << 20, MinFreeBytes = 64 << 20 });
var jobs = store.Queue("jobs");
var results = store.Queue("results");

if (args.Contains("check")) return await CheckAsync();

Console.WriteLine($"process {Environment.ProcessId} works in {Path.GetFullPath(directory)}");
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
    // Where to go on: the results and the jobs that are still there tell how far the producer came. Numbers it sends twice are recognised.
    var number = (await jobs.GetStatisticsAsync())?.Enqueued ?? 0;
    while (!stop.IsCancellationRequested)
    {
        number++;
        var job = new Message(Encoding.UTF8.GetBytes(number.ToString(CultureInfo.InvariantCulture))) { Producer = "sample", ProducerSequence = number };
        await jobs.EnqueueAsync(job);
        Console.WriteLine($"stored {number}");
    }
}

async Task WorkAsync(int worker)
{
    await using var consumer = await jobs.SubscribeAsync(new ConsumerOptions { MaxInFlight = 8, Owner = "worker " + worker });
    try
    {
        await foreach (var job in consumer.ReadAllAsync(stop.Token))
            await store.CreateBatch().Ack(job).Enqueue(results, new Message(job.Body)).CommitAsync();
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
