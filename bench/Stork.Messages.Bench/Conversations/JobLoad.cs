using System.Diagnostics;
using Stork.Bench.Load;
using Stork.Bench.Measures;
using Stork.Messages.Bench.Scenarios;

namespace Stork.Messages.Bench.Conversations;

/// <summary>Socket.IO clients that produce jobs and work on them, whatever server they are connected to.</summary>
/// <param name="rate">Jobs per second; 0: as many as it can.</param>
internal sealed class JobLoad(int rate)
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    /// <param name="port">Of the server.</param>
    /// <param name="readCpu">Reads processor times, given how long the load side has been idle.</param>
    /// <param name="run">How long it takes.</param>
    /// <param name="tellsAllocated">Whether the server knows what it has allocated.</param>
    public Sample Run(int port, Func<TimeSpan, CpuTimes> readCpu, RunContext run, bool tellsAllocated)
    {
        var conversation = new JobConversation();
        using var loop = new LoadLoop(port, conversation);
        loop.Open(JobConversation.Producers + JobConversation.Workers);
        loop.PressUntil(static () => false, run.WarmUp, Pace(loop, conversation));
        if (rate == 0)
        {
            var longest = run.WarmUp * (Load.LongestWarmUp - 1);
            loop.PressUntil(() => conversation.Delivered >= Load.WarmUpMessages, longest, Pace(loop, conversation));
        }

        var allocated = tellsAllocated ? conversation.Allocated(loop) : 0;
        conversation.Latency.Clear();
        var before = readCpu(loop.Idle);
        loop.PressUntil(static () => false, run.Measure, Pace(loop, conversation));
        var count = conversation.Latency.Count;
        if (count == 0) throw new BenchmarkException("no job was done in the time that counts");
        var after = readCpu(loop.Idle);
        var latency = conversation.Latency;
        allocated = tellsAllocated ? conversation.Allocated(loop) - allocated : 0;
        var load = after.Since(before, count).ToDictionary();
        var figures = new List<KeyValuePair<Metric, double>>
        {
            new(Metrics.Jobs, count / Stopwatch.GetElapsedTime(before.Timestamp, after.Timestamp).TotalSeconds),
            new(Metrics.Median, latency.Percentile(0.50)),
            new(Metrics.Tail, latency.Percentile(0.99)),
            new(Metrics.ServerCpu, load[Metric.ServerCost]),
            new(Metrics.ServerShare, load[Metric.ServerShare]),
            new(Metrics.LoadShare, load[Metric.LoadShare]),
        };
        if (tellsAllocated) figures.Add(new(Metrics.Allocated, (double)allocated / count));
        if (!loop.PressUntil(() => conversation.UnderWay == 0, s_patience))
            throw new BenchmarkException($"{conversation.UnderWay} jobs were not done");
        conversation.CheckNothingIsLeft(loop);
        return new Sample(figures);
    }

    /// <summary>What is sent in a turn: as much as keeps the agreed number of jobs under way, or what is due.</summary>
    private Action<long> Pace(LoadLoop loop, JobConversation conversation)
    {
        if (rate == 0)
        {
            return now =>
            {
                while (conversation.UnderWay <= Load.UnderWay - Load.Batch) conversation.Send(loop, Load.Batch, now);
            };
        }

        var started = Stopwatch.GetTimestamp();
        var sent = 0;
        return now =>
        {
            for (var due = (int)(Stopwatch.GetElapsedTime(started, now).TotalSeconds * rate); sent < due; sent++)
                conversation.Send(loop, 1, started + (long)((double)sent / rate * Stopwatch.Frequency));
        };
    }
}
