// Enqueue, enqueue-deliver-acknowledge cycles, memory and start of the store, beside SQLite (WAL, synchronous=FULL) in the same run.
// 200-byte messages over 100,000 inboxes; every producer waits for the sync. Usage: Stork.Queues.Bench [directory] [messages]
using System.Diagnostics;
using System.Globalization;
using Microsoft.Data.Sqlite;
using Stork.Queues;

const int Inboxes = 100_000;
const int BatchSize = 256;
var directory = args.Length > 0 ? args[0] : Path.Combine(Path.GetTempPath(), "stork-queues-bench");
var messages = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 1_000_000;
var body = new byte[200];
var options = new QueueStoreOptions { MinFreeBytes = 0 };
if (args.Length > 2)
{
    // A process of its own, so that what it measures is the store's.
    await OpenAsync();
    return;
}

if (Directory.Exists(directory)) Directory.Delete(directory, recursive: true);
Directory.CreateDirectory(directory);
Console.WriteLine($"{Environment.ProcessorCount} cores, {messages} messages of {body.Length} bytes over {Inboxes} inboxes, batches of {BatchSize}, synced before the acknowledgement");

await EnqueueAsync();
using (var child = Process.Start(Environment.ProcessPath!, [Environment.GetCommandLineArgs()[0], directory, messages.ToString(CultureInfo.InvariantCulture), "open"])) child.WaitForExit();
await CycleAsync();
Sqlite();
Directory.Delete(directory, recursive: true);

async Task EnqueueAsync()
{
    await using var store = await QueueStore.OpenAsync(Path.Combine(directory, "store"), options);
    var queues = Enumerable.Range(0, Inboxes).Select(i => store.Inbox("user:" + i)).ToArray();
    var watch = Stopwatch.StartNew();
    var under = new Queue<Task>();
    for (var i = 0; i < messages;)
    {
        var batch = store.CreateBatch();
        for (var n = 0; n < BatchSize && i < messages; n++, i++) batch.Enqueue(queues[i % Inboxes], new Message(body));
        under.Enqueue(batch.CommitAsync());
        if (under.Count > 4) await under.Dequeue();
    }

    await Task.WhenAll(under);
    Report("enqueue", messages, watch);
}

async Task OpenAsync()
{
    var before = GC.GetTotalMemory(forceFullCollection: true);
    var watch = Stopwatch.StartNew();
    await using var store = await QueueStore.OpenAsync(Path.Combine(directory, "store"), options);
    var took = watch.Elapsed;
    var after = GC.GetTotalMemory(forceFullCollection: true) - (64L << 20);
    Console.WriteLine($"open with {messages} queued: {took.TotalSeconds:F2} s; memory per queued message, with the inboxes, without the segment's image: {(after - before) / (double)messages:F0} bytes");
}

async Task CycleAsync()
{
    var total = messages / 2;
    await using var store = await QueueStore.OpenAsync(Path.Combine(directory, "cycles"), options);
    var queue = store.Queue("work");
    var watch = Stopwatch.StartNew();
    var consuming = Task.Run(async () =>
    {
        await using var consumer = await queue.SubscribeAsync(new ConsumerOptions { MaxInFlight = 2000, Remote = true });
        for (var seen = 0; seen < total;)
        {
            (await consumer.ReceiveAsync()).Ack();
            seen++;
            while (seen < total && consumer.TryReceive(out var next))
            {
                next.Ack();
                seen++;
            }
        }
    });
    var under = new Queue<Task>();
    for (var i = 0; i < total; i += BatchSize)
    {
        var batch = new Message[Math.Min(BatchSize, total - i)];
        Array.Fill(batch, new Message(body));
        under.Enqueue(queue.EnqueueAsync(batch));
        if (under.Count > 4) await under.Dequeue();
    }

    await Task.WhenAll(under);
    await consuming;
    Report("enqueue, deliver, acknowledge", total, watch);
}

void Sqlite()
{
    SQLitePCL.Batteries_V2.Init();
    var total = messages / 2;
    using var connection = new SqliteConnection("Data Source=" + Path.Combine(directory, "peer.db"));
    connection.Open();
    Execute(connection, "pragma journal_mode = wal; pragma synchronous = full; create table m (inbox integer, seq integer primary key, body blob); create index i on m (inbox, seq)");
    var watch = Stopwatch.StartNew();
    for (var i = 0; i < total;)
    {
        using var transaction = connection.BeginTransaction();
        using var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = "insert into m (inbox, body) values ($i, $b)";
        var inbox = command.Parameters.Add("$i", SqliteType.Integer);
        command.Parameters.AddWithValue("$b", body);
        for (var n = 0; n < BatchSize && i < total; n++, i++)
        {
            inbox.Value = i * 7919L % Inboxes;
            command.ExecuteNonQuery();
        }

        transaction.Commit();
    }

    Report("SQLite WAL/FULL enqueue", total, watch);
}

static void Execute(SqliteConnection connection, string sql)
{
    using var command = connection.CreateCommand();
#pragma warning disable CA2100 // Constants of this file.
    command.CommandText = sql;
#pragma warning restore CA2100
    command.ExecuteNonQuery();
}

static void Report(string what, int count, Stopwatch watch) =>
    Console.WriteLine($"{what}: {count / watch.Elapsed.TotalSeconds / 1000:F0} thousand per second");
