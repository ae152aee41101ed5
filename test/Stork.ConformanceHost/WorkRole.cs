using System.Diagnostics;

namespace Stork.ConformanceHost;

/// <summary>
/// Work queues to be killed and started again. "jobs" is shared by a consumer here and by clients; "fragile" and "bystanders"
/// are consumed here, and a fragile job may take the process down. What happens goes line by line into log.txt, with the time of
/// a clock that all processes of the machine share: "boot"; "stopped", if it was not killed; "came", "gone" owner user;
/// "give" owner user job key sequence attempt; "end" owner job attempt how; "fragile", "bystander" job failures.
/// </summary>
internal static class WorkRole
{
    public const string Name = "work";
    private const string Here = "server";
    private static readonly Lock Writing = new();

    public static void Configure(SocketIOOptions options, string directory)
    {
        InboxRole.Configure(options, directory);
        // Longer than a lease, so that leases of lost connections end as well.
        options.PingInterval = TimeSpan.FromSeconds(2);
        options.PingTimeout = TimeSpan.FromSeconds(3);
        options.ConfigureQueue("jobs", queue => queue with
        {
            AckTimeout = TimeSpan.FromSeconds(2),
            DisconnectGrace = TimeSpan.FromMilliseconds(500),
            MaxFailures = 1000,
            Backoff = TimeSpan.FromMilliseconds(20),
            MaxBackoff = TimeSpan.FromMilliseconds(200),
        });
        options.ConfigureQueue("fragile", queue => queue with { MaxFailures = 2 });
        options.ConfigureQueue("bystanders", queue => queue with { MaxFailures = 1 });
    }

    public static void Map(WebApplication app, string directory)
    {
        var io = app.MapSocketIO();
        var log = Path.Combine(directory, "log.txt");
        Write(log, "boot");
        app.Lifetime.ApplicationStopped.Register(() => Write(log, "stopped"));
        io.MapQueue("jobs")
            .FromEvent<Job>("job", (job, _) => new EnqueueOptions { DedupId = job.Id, Key = job.Key })
            .AllowProducers(_ => ValueTask.FromResult(true))
            .AllowConsumers(
                _ => ValueTask.FromResult(true),
                new SocketConsumerOptions { MaxInFlight = 4, Metadata = DeliveryMetadata.Trailing });
        io.OnConnection(socket => Watch(socket, log));
        ConsumeJobs(io, log);
        ConsumeFragile(io, log);
        app.MapPost("/{queue}", async (string queue, string[] jobs) => (await io.Queue<string>(queue).EnqueueManyAsync(jobs)).Count);
        app.MapGet("/{queue}", async (string queue) => await io.Queue<string>(queue).Queue.GetStatisticsAsync());
        app.MapGet("/{queue}/dead", async (string queue) => await io.Queue<string>(queue).Queue.DeadLetters.BrowseAsync());
    }

    private static void Watch(Socket socket, string log)
    {
        var user = socket.Handshake.Auth.TryGetProperty("user", out var given) ? given.GetString() : "-";
        Write(log, $"came {socket.Id} {user}");
        socket.OnAnyOutgoing(sent =>
        {
            if (sent.Name == "jobs" && sent.Arguments.Get<Job>(0) is { } job && sent.Arguments.Get<Metadata>(1) is { } meta)
                Write(log, $"give {socket.Id} {user} {job.Id} {job.Key ?? "-"} {meta.Seq} {meta.Attempt}");
        });
        socket.OnDisconnect(_ => Write(log, $"gone {socket.Id} {user}"));
    }

    private static void ConsumeJobs(SocketIOServer io, string log)
    {
        io.Queue<Job>("jobs").Consume(
            async (context, stop) =>
            {
                Write(log, $"give {Here} - {context.Job.Id} {context.Key ?? "-"} {context.Sequence} {context.DeliveryCount}");
                await Task.Delay(TimeSpan.FromMilliseconds(Random.Shared.Next(30)), TimeProvider.System, stop);
                var fails = Random.Shared.Next(20) == 0;
                Write(log, $"end {Here} {context.Job.Id} {context.DeliveryCount} {(fails ? "nack" : "ack")}");
                if (fails) throw new InvalidOperationException("It failed, as some do.");
            },
            // It ends with the server only, however busy the machine is.
            new QueueConsumerOptions { Concurrency = 4, AckTimeout = TimeSpan.FromMinutes(5) });
    }

    private static void ConsumeFragile(SocketIOServer io, string log)
    {
        io.Queue<string>("fragile").Consume(
            async (context, stop) =>
            {
                Write(log, $"fragile {context.Job} {context.FailureCount}");
                if (context.Job == "fail fast") Environment.FailFast("A job took the process down.");
                if (context.Job == "kill") Process.GetCurrentProcess().Kill();
                await Task.Delay(TimeSpan.FromMilliseconds(Random.Shared.Next(20)), TimeProvider.System, stop);
            },
            new QueueConsumerOptions { Concurrency = 4 });
        io.Queue<string>("bystanders").Consume(
            async (context, stop) =>
            {
                Write(log, $"bystander {context.Job} {context.FailureCount}");
                await Task.Delay(TimeSpan.FromMilliseconds(Random.Shared.Next(20)), TimeProvider.System, stop);
            },
            new QueueConsumerOptions { Concurrency = 4 });
    }

    private static void Write(string log, string what)
    {
        lock (Writing)
        {
            // The time within the lock: the lines of one file are in its order.
            var milliseconds = Stopwatch.GetTimestamp() * 1000.0 / Stopwatch.Frequency;
            File.AppendAllText(log, FormattableString.Invariant($"{milliseconds:F3} {what}\n"));
        }
    }

    private sealed record Job(string Id, string? Key);

    private sealed record Metadata(long Seq, int Attempt);
}
