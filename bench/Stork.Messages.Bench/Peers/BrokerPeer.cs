using System.Diagnostics;
using Stork.Bench.Measures;
using Stork.Messages.Bench.Scenarios;
using Stork.Queues.Bench.Peers;

namespace Stork.Messages.Bench.Peers;

/// <summary>A peer of the queue benchmark: producer and consumer are in this process, the broker is not.</summary>
/// <param name="create">Makes the peer.</param>
/// <param name="inboxes">Destinations; 1 for a work queue.</param>
/// <param name="rate">Messages per second; 0: as many as it can.</param>
/// <param name="headline">How messages per second are called.</param>
internal sealed class BrokerPeer(Func<IQueuePeer> create, int inboxes, int rate, Metric headline) : IPeer
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly IQueuePeer _peer = create();

    public string Name => _peer.Name;

    public bool Synced => _peer.Synced;

    public string Shape => _peer.Shape;

    /// <summary>Whether it is something else than what this repository makes.</summary>
    public bool IsOther => _peer is not ProcessJobsPeer;

    public string? Missing => _peer.Missing;

    public async Task<Sample> RunAsync(RunContext run)
    {
        if (rate > 0)
        {
            await RunAsync(run, "warm-up", (int)(rate * Load.ModerateSeconds * run.Scale / 2));
            return await RunAsync(run, "counted", (int)(rate * Load.ModerateSeconds * run.Scale));
        }

        // So many messages that everybody takes the same time, whether fast or slow; the first only tell how many those are.
        var first = await RunAsync(run, "first", Load.FirstMessages);
        var second = await RunAsync(run, "warm-up", MessagesIn(run.WarmUp, first));
        return await RunAsync(run, "counted", MessagesIn(run.Measure, second));
    }

    private int MessagesIn(TimeSpan time, Sample sample) =>
        (int)Math.Clamp(sample[headline] * time.TotalSeconds, Load.FirstMessages, Load.MostMessages);

    private async Task<Sample> RunAsync(RunContext run, string name, int messages)
    {
        var durations = new LatencyHistogram();
        var clock = new SettlementClock(durations.Record) { MostUnderWay = rate == 0 ? Load.UnderWay : int.MaxValue };
        var workload = new Workload { Inboxes = inboxes, Messages = messages, Rate = rate, Clock = clock };
        await using var peer = create();
        await peer.StartAsync(Path.Combine(run.Directory, name), workload).WaitAsync(s_patience, TimeProvider.System);
        await peer.PrepareCyclesAsync(workload).WaitAsync(s_patience, TimeProvider.System);
        var (all, own) = (peer.ProcessorTime, Environment.CpuUsage.TotalTime);
        var started = Stopwatch.GetTimestamp();
        await peer.CycleAsync(workload).WaitAsync(s_patience, TimeProvider.System);
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        (all, own) = (peer.ProcessorTime - all, Environment.CpuUsage.TotalTime - own);
        // The two are not read at the same instant.
        if (all < own) all = own;
        if (durations.Count != messages) throw new BenchmarkException($"{durations.Count} of {messages} messages were settled");
        return new Sample(
        [
            new(headline, messages / seconds),
            new(Metrics.Median, durations.Percentile(0.50) / 1000),
            new(Metrics.Tail, durations.Percentile(0.99) / 1000),
            new(Metrics.Cpu, all.TotalMicroseconds / messages),
            new(Metrics.ServerCpu, (all - own).TotalMicroseconds / messages),
            new(Metrics.ServerShare, (all - own).TotalSeconds * 100 / seconds),
            new(Metrics.LoadShare, own.TotalSeconds * 100 / seconds),
        ]);
    }
}
