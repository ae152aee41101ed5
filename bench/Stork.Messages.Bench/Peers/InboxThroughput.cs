using System.Diagnostics;
using Stork.Bench.Load;
using Stork.Bench.Measures;
using Stork.Messages.Bench.Conversations;
using Stork.Messages.Bench.Scenarios;

namespace Stork.Messages.Bench.Peers;

/// <summary>Inboxes of connected clients: messages are emitted, delivered and acknowledged, as many as possible.</summary>
/// <param name="users">How many clients, each with an inbox.</param>
/// <param name="origin">Who puts the messages into the inboxes, and how.</param>
internal sealed class InboxThroughput(int users, InboxOrigin origin) : IPeer
{
    private const int Senders = 8;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    public string Name => origin switch
    {
        InboxOrigin.Clients => "Stork, clients send",
        InboxOrigin.ServerInBatches => "Stork, server emits batches",
        _ => "Stork, server emits",
    };

    public bool Synced => true;

    public string Shape => origin switch
    {
        InboxOrigin.Clients => $"default options; {Senders} clients send events, each acknowledged after the sync (MapInbox), which the "
            + "clients of the inboxes get and acknowledge one by one",
        InboxOrigin.ServerInBatches => $"default options; the server stores {Load.Batch} messages with each StoreAsync, as the brokers' "
            + "clients do; the clients of the inboxes acknowledge one by one",
        _ => $"default options; the server calls EmitAsync for each message, not in batches, as a client asks it to {Load.Batch} times; "
            + "the clients of the inboxes acknowledge one by one",
    };

    public Task<Sample> RunAsync(RunContext run)
    {
        using var server = MessagesServer.Start(run);
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
        var conversation = new InboxConversation(users, Senders, isSettlementAsked: true);
        using var loop = new LoadLoop(port, conversation);
        loop.Open(Senders + users);
        loop.PressUntil(static () => false, run.WarmUp, Turn);
        loop.PressUntil(() => conversation.Delivered >= Load.WarmUpMessages, run.WarmUp * (Load.LongestWarmUp - 1), Turn);

        var allocated = conversation.Allocated(loop);
        conversation.Received.Clear();
        conversation.Settled.Clear();
        var before = CpuTimes.Read(server, loop.Idle);
        loop.PressUntil(static () => false, run.Measure, Turn);
        var count = conversation.Received.Count;
        var after = CpuTimes.Read(server, loop.Idle);
        var (received, settled) = (conversation.Received, conversation.Settled);
        allocated = conversation.Allocated(loop) - allocated;
        var load = after.Since(before, count).ToDictionary();
        var sample = new Sample(
        [
            new(Metrics.Messages, count / Stopwatch.GetElapsedTime(before.Timestamp, after.Timestamp).TotalSeconds),
            new(Metrics.ReceivedMedian, received.Percentile(0.50)),
            new(Metrics.ReceivedTail, received.Percentile(0.99)),
            new(Metrics.SettledMedian, settled.Percentile(0.50)),
            new(Metrics.SettledTail, settled.Percentile(0.99)),
            new(Metrics.ServerCpu, load[Metric.ServerCost]),
            new(Metrics.Allocated, (double)allocated / count),
            new(Metrics.ServerShare, load[Metric.ServerShare]),
            new(Metrics.LoadShare, load[Metric.LoadShare]),
        ]);

        if (!loop.PressUntil(() => conversation.UnderWay == 0, s_patience))
            throw new BenchmarkException($"{conversation.UnderWay} messages did not come");
        conversation.CheckNothingIsLeft(loop);
        return sample;

        void Turn(long now)
        {
            while (conversation.UnderWay <= Load.UnderWay - Load.Batch)
            {
                if (origin == InboxOrigin.Clients) conversation.Send(loop, Load.Batch, now);
                else conversation.Ask(loop, Load.Batch, origin == InboxOrigin.ServerInBatches ? "emit batch" : "emit");
            }
        }
    }
}
