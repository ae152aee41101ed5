using System.Diagnostics;
using Stork.Bench;
using Stork.Bench.Load;
using Stork.Bench.Measures;
using Stork.Messages.Bench.Contests;

namespace Stork.Messages.Bench.Stork;

/// <summary>A work queue whose producers and workers are Socket.IO clients.</summary>
/// <param name="rate">Jobs per second; 0: as many as it can.</param>
internal sealed class SocketJobs(int rate) : IContender
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    public string Name => "Stork";

    public bool Synced => true;

    public string Shape =>
        $"default options; {JobConversation.Producers} producer clients, each job an event of its own with an acknowledgement after the sync (MapQueue, FromEvent); "
        + $"{JobConversation.Workers} worker clients with up to {JobConversation.JobsAtAWorker} jobs each (ConsumeAsync), each job acknowledged by itself. Text frames over WebSocket";

    public Task<Sample> RunAsync(Place place)
    {
        using var server = MessagesServer.Start(place);
        try
        {
            return Task.FromResult(Run(server.Id, server.Port, place));
        }
        catch (BenchmarkException failure)
        {
            throw new BenchmarkException($"{failure.Message}\n{server.LastLines()}");
        }
    }

    private Sample Run(int server, int port, Place place)
    {
        var conversation = new JobConversation();
        using var loop = new LoadLoop(port, conversation);
        loop.Open(JobConversation.Producers + JobConversation.Workers);
        loop.PressUntil(static () => false, place.WarmUp, Pace(loop, conversation));
        if (rate == 0) loop.PressUntil(() => conversation.Delivered >= Load.WarmUpMessages, place.WarmUp * (Load.LongestWarmUp - 1), Pace(loop, conversation));

        var allocated = conversation.Allocated(loop);
        conversation.Latency.Clear();
        var before = CpuTimes.Read(server, loop.Idle);
        loop.PressUntil(static () => false, place.Measure, Pace(loop, conversation));
        var count = conversation.Latency.Count;
        var after = CpuTimes.Read(server, loop.Idle);
        var latency = conversation.Latency;
        allocated = conversation.Allocated(loop) - allocated;
        var load = after.Since(before, count).ToDictionary();
        var sample = new Sample(
        [
            new(Figures.Jobs, count / Stopwatch.GetElapsedTime(before.Timestamp, after.Timestamp).TotalSeconds),
            new(Figures.Median, latency.Percentile(0.50)),
            new(Figures.Tail, latency.Percentile(0.99)),
            new(Figures.ServerCpu, load[Metric.ServerCost]),
            new(Figures.Allocated, (double)allocated / count),
            new(Figures.ServerShare, load[Metric.ServerShare]),
            new(Figures.LoadShare, load[Metric.LoadShare]),
        ]);

        if (!loop.PressUntil(() => conversation.UnderWay == 0, s_patience)) throw new BenchmarkException($"{conversation.UnderWay} jobs were not done");
        conversation.CheckNothingIsLeft(loop);
        return sample;
    }

    /// <summary>What is sent in a turn: as much as keeps the agreed number of jobs under way, or what is due.</summary>
    private Action<long> Pace(LoadLoop loop, JobConversation conversation)
    {
        if (rate == 0) return now => conversation.Send(loop, Load.UnderWay - conversation.UnderWay, now);
        var started = Stopwatch.GetTimestamp();
        var sent = 0;
        return now =>
        {
            for (var due = (int)(Stopwatch.GetElapsedTime(started, now).TotalSeconds * rate); sent < due; sent++)
                conversation.Send(loop, 1, started + (long)((double)sent / rate * Stopwatch.Frequency));
        };
    }
}
