using System.Diagnostics;
using Stork.Bench.Load;
using Stork.Bench.Measures;
using Stork.Bench.Peers;

namespace Stork.Bench.Scenarios;

/// <summary>The part of a run that counts: rate, latencies, and what it cost both sides.</summary>
internal sealed class MeasuredLoad(Func<CpuTimes> readTimes, LoadLoop loop, LatencyHistogram latency)
{
    public MeasuredLoad(ServerProcess server, LoadLoop loop, LatencyHistogram latency)
        : this(() => CpuTimes.Read(server.Id, loop.Idle), loop, latency)
    {
    }

    public MeasuredLoad(ServerCluster cluster, LoadLoop loop, LatencyHistogram latency)
        : this(() => CpuTimes.Read(cluster.ProcessIds, cluster.RedisProcessId, loop.Idle), loop, latency)
    {
    }

    /// <summary>Serves the connections for that long; messages are counted by their latencies.</summary>
    /// <param name="duration">How long.</param>
    /// <param name="rate">What messages in a second are called.</param>
    /// <param name="turn">Called in each turn with its timestamp, to send what is due by then.</param>
    public Sample Press(TimeSpan duration, Metric rate, Action<long>? turn = null) =>
        Press(duration, rate, () => latency.Count, turn);

    /// <summary>The same, for messages that are counted otherwise; the count starts at nothing.</summary>
    public Sample Press(TimeSpan duration, Metric rate, Func<long> count, Action<long>? turn = null)
    {
        latency.Clear();
        var before = readTimes();
        loop.PressUntil(static () => false, duration, turn);
        var after = readTimes();
        if (count() == 0)
            throw new BenchmarkException("nothing was answered in the time that counts");

        return new Sample(
        [
            new(rate, count() / Stopwatch.GetElapsedTime(before.Timestamp, after.Timestamp).TotalSeconds),
            new(Metric.LatencyMedian, latency.Percentile(0.50)),
            new(Metric.LatencyTail, latency.Percentile(0.99)),
            new(Metric.LatencyFarTail, latency.Percentile(0.999)),
            .. after.Since(before, count()),
        ]);
    }
}
