using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Stork.Bench.Measures;
using Stork.Messages.Bench.Scenarios;
using Stork.Queues.Bench.Peers.Services;

namespace Stork.Messages.Bench.Peers;

/// <summary>BullMQ on a Redis that syncs before it answers: a producer and a worker, each a process of Node.js.</summary>
/// <param name="rate">Jobs per second; 0: as many as it can.</param>
internal sealed class BullPeer(int rate) : IPeer
{
    private const int Jobs = 15_000;
    private const double WarmUp = 0.3;

    private static readonly string? s_node = Machine.Find("node");
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(90);

    public string Name => "BullMQ";

    public bool Synced => true;

    public string Shape =>
        "BullMQ 6.7.0 (ioredis) on the same Redis (appendonly yes, appendfsync always, no snapshots); "
        + "a Node.js process that produces with addBulk of 256, 4 at a time, and one with a "
        + "Worker of concurrency 100; removeOnComplete. A job counts as done with the event \"completed\". "
        + "Where it is to do as many as it can, the producer does not wait for the worker, so that "
        + "a latency would be that of the backlog: it is left out";

    public string? Missing => RedisServer.Missing ?? (s_node is null ? "needs Node.js" : null);

    public async Task<Sample> RunAsync(RunContext run)
    {
        var jobs = rate == 0 ? (int)(Jobs * run.Scale) : (int)(rate * Load.ModerateSeconds * Math.Max(0.4, run.Scale));
        var uncounted = (int)(jobs * WarmUp);
        await using var redis = await RedisServer.StartAsync(run.Directory);
        var port = redis.Port.ToString(CultureInfo.InvariantCulture);
        using var worker = StartNode(run, "worker", port, jobs, uncounted);
        await ExpectAsync(worker, "ready");
        using var producer = StartNode(run, "producer", port, jobs, 0);
        await ExpectAsync(worker, "warm");
        var server = redis.ProcessorTime;
        var worked = await ResultAsync(worker);
        server = redis.ProcessorTime - server;
        var produced = await ResultAsync(producer);
        var (seconds, clients) = (worked.Seconds, worked.Cpu + produced.Cpu);
        await Task.WhenAll(worker.WaitForExitAsync(), producer.WaitForExitAsync()).WaitAsync(s_patience, TimeProvider.System);
        var figures = new List<KeyValuePair<Metric, double>> { new(Metrics.Jobs, worked.Jobs / seconds) };
        if (rate > 0)
        {
            figures.Add(new(Metrics.Median, worked.P50 / 1000));
            figures.Add(new(Metrics.Tail, worked.P99 / 1000));
        }

        figures.Add(new(Metrics.Cpu, (server.TotalMicroseconds / worked.Jobs) + clients));
        figures.Add(new(Metrics.ServerCpu, server.TotalMicroseconds / worked.Jobs));
        figures.Add(new(Metrics.ServerShare, server.TotalSeconds * 100 / seconds));
        figures.Add(new(Metrics.LoadShare, clients * worked.Jobs / seconds / 10_000));
        return new Sample(figures);
    }

    private static async Task ExpectAsync(Process process, string word)
    {
        if (await process.StandardOutput.ReadLineAsync().WaitAsync(s_patience, TimeProvider.System) != word)
            throw new BenchmarkException(await process.StandardError.ReadToEndAsync());
    }

    private Process StartNode(RunContext run, string role, string port, int jobs, int uncounted)
    {
        var arguments = new[] { "120", s_node!, "run.mjs", role, port, $"{jobs}", $"{rate}", $"{uncounted}" };
        return Process.Start(new ProcessStartInfo("timeout", arguments)
        {
            WorkingDirectory = Path.Combine(run.BenchFolder, "peers", "bullmq"),
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        })!;
    }

    private static async Task<NodeReport> ResultAsync(Process process)
    {
        var line = await process.StandardOutput.ReadLineAsync().WaitAsync(s_patience, TimeProvider.System);
        return line is null
            ? throw new BenchmarkException(await process.StandardError.ReadToEndAsync())
            : JsonSerializer.Deserialize<NodeReport>(line, JsonSerializerOptions.Web)!;
    }

    private sealed record NodeReport(double Seconds, int Jobs, double P50, double P99, double Cpu);
}
