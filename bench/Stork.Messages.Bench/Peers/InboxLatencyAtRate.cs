using System.Diagnostics;
using Stork.Bench.Load;
using Stork.Bench.Measures;
using Stork.Messages.Bench.Conversations;
using Stork.Messages.Bench.Scenarios;

namespace Stork.Messages.Bench.Peers;

/// <summary>Inboxes under a moderate load: how long a message takes, and how that is spread.</summary>
/// <param name="durability">When an emit is stored; null: an ordinary emit to the same clients,
/// without an inbox and without an acknowledgement.</param>
internal sealed class InboxLatencyAtRate(string? durability) : IPeer
{
    private const int Users = 100;
    private const int Senders = 1;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    public string Name => durability is null ? "ordinary emit, volatile" : $"inbox, {durability}";

    public bool Synced => durability is "Fsync";

    public string Shape => durability is null
        ? "io.To(user).EmitAsync: nothing is stored, nothing acknowledged"
        : $"Durability.{durability}, otherwise default options; io.Inbox(user).EmitAsync, and an acknowledgement from the client";

    public Task<Sample> RunAsync(RunContext run)
    {
        using var server = MessagesServer.Start(run, durability ?? "memory");
        try
        {
            return Task.FromResult(Run(server.Id, server.Port, run));
        }
        catch (BenchmarkException failure)
        {
            throw new BenchmarkException($"{failure.Message}\n{server.LastLines()}");
        }
    }

    private Sample Run(int server, int port, RunContext run)
    {
        var conversation = new InboxConversation(Users, Senders, isSettlementAsked: durability is not null);
        using var loop = new LoadLoop(port, conversation);
        loop.Open(Senders + Users);
        loop.PressUntil(static () => false, run.WarmUp, Pace());

        var allocated = conversation.Allocated(loop);
        conversation.Received.Clear();
        conversation.Settled.Clear();
        var before = CpuTimes.Read(server, loop.Idle);
        loop.PressUntil(static () => false, TimeSpan.FromSeconds(2 * run.Measure.TotalSeconds), Pace());
        var count = conversation.Received.Count;
        var after = CpuTimes.Read(server, loop.Idle);
        var received = conversation.Received;
        allocated = conversation.Allocated(loop) - allocated;
        var load = after.Since(before, count).ToDictionary();
        var figures = new List<KeyValuePair<Metric, double>>
        {
            new(Metrics.Median, received.Percentile(0.50)),
            new(Metrics.Ninety, received.Percentile(0.90)),
            new(Metrics.Tail, received.Percentile(0.99)),
            new(Metrics.FarTail, received.Percentile(0.999)),
            new(Metrics.ServerCpu, load[Metric.ServerCost]),
            new(Metrics.Allocated, (double)allocated / count),
        };
        if (durability is not null)
        {
            figures.Add(new(Metrics.SettledMedian, conversation.Settled.Percentile(0.50)));
            figures.Add(new(Metrics.SettledTail, conversation.Settled.Percentile(0.99)));
        }

        figures.AddRange(received.Bars());
        if (!loop.PressUntil(() => conversation.UnderWay == 0, s_patience))
            throw new BenchmarkException($"{conversation.UnderWay} messages did not come");
        if (durability is not null) conversation.CheckNothingIsLeft(loop);
        return new Sample(figures);

        Action<long> Pace()
        {
            var (started, sent) = (Stopwatch.GetTimestamp(), 0);
            return now =>
            {
                for (var due = (int)(Stopwatch.GetElapsedTime(started, now).TotalSeconds * Load.ModerateRate); sent < due; sent++)
                    conversation.Ask(loop, 1, durability is null ? "emit volatile" : "emit");
            };
        }
    }
}
