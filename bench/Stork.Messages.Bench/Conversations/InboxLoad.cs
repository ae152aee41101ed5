using System.Diagnostics;
using Stork.Bench.Load;
using Stork.Bench.Measures;
using Stork.Messages.Bench.Peers;
using Stork.Messages.Bench.Scenarios;

namespace Stork.Messages.Bench.Conversations;

/// <summary>
/// Clients of inboxes that get messages and acknowledge each, as many as possible, whatever server they are connected to.
/// </summary>
/// <param name="users">How many clients, each with an inbox.</param>
/// <param name="origin">Who puts the messages into the inboxes, and how.</param>
internal sealed class InboxLoad(int users, InboxOrigin origin)
{
    public const int Senders = 8;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    /// <param name="port">Of the server.</param>
    /// <param name="readCpu">Reads processor times, given how long the load side has been idle.</param>
    /// <param name="run">How long it takes.</param>
    /// <param name="tellsAllocated">Whether the server knows what it has allocated.</param>
    public Sample Run(int port, Func<TimeSpan, CpuTimes> readCpu, RunContext run, bool tellsAllocated)
    {
        var conversation = new InboxConversation(users, Senders, isSettlementAsked: true);
        using var loop = new LoadLoop(port, conversation);
        loop.Open(Senders + users);
        var press = Press(loop, conversation);
        loop.PressUntil(static () => false, run.WarmUp, press);
        loop.PressUntil(() => conversation.Delivered >= Load.WarmUpMessages, run.WarmUp * (Load.LongestWarmUp - 1), press);

        var allocated = tellsAllocated ? conversation.Allocated(loop) : 0;
        conversation.Received.Clear();
        conversation.Settled.Clear();
        var before = readCpu(loop.Idle);
        loop.PressUntil(static () => false, run.Measure, press);
        var count = conversation.Received.Count;
        var after = readCpu(loop.Idle);
        if (count == 0) throw new BenchmarkException("no message came in the time that counts");
        var (received, settled) = (conversation.Received, conversation.Settled);
        allocated = tellsAllocated ? conversation.Allocated(loop) - allocated : 0;
        var load = after.Since(before, count).ToDictionary();
        var figures = new List<KeyValuePair<Metric, double>>
        {
            new(Metrics.Messages, count / Stopwatch.GetElapsedTime(before.Timestamp, after.Timestamp).TotalSeconds),
            new(Metrics.ReceivedMedian, received.Percentile(0.50)),
            new(Metrics.ReceivedTail, received.Percentile(0.99)),
            new(Metrics.SettledMedian, settled.Percentile(0.50)),
            new(Metrics.SettledTail, settled.Percentile(0.99)),
            new(Metrics.ServerCpu, load[Metric.ServerCost]),
            new(Metrics.ServerShare, load[Metric.ServerShare]),
            new(Metrics.LoadShare, load[Metric.LoadShare]),
        };
        if (tellsAllocated) figures.Add(new(Metrics.Allocated, (double)allocated / count));

        if (!loop.PressUntil(() => conversation.UnderWay == 0, s_patience))
            throw new BenchmarkException($"{conversation.UnderWay} messages did not come");
        conversation.CheckNothingIsLeft(loop);
        return new Sample(figures);
    }

    /// <summary>What is asked for or sent in a turn: as much as keeps the agreed number of messages under way.</summary>
    private Action<long> Press(LoadLoop loop, InboxConversation conversation) => now =>
    {
        while (conversation.UnderWay <= Load.UnderWay - Load.Batch)
        {
            if (origin == InboxOrigin.Clients) conversation.Send(loop, Load.Batch, now);
            else conversation.Ask(loop, Load.Batch, origin == InboxOrigin.ServerInBatches ? "emit batch" : "emit");
        }
    };
}
