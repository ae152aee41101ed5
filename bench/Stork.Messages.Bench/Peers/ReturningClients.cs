using System.Diagnostics;
using Stork.Bench.Load;
using Stork.Bench.Measures;
using Stork.Bench.Peers;
using Stork.Messages.Bench.Conversations;
using Stork.Messages.Bench.Scenarios;

namespace Stork.Messages.Bench.Peers;

/// <summary>Clients that were away come back all at once, and find what was stored for them meanwhile.</summary>
internal sealed class ReturningClients : IPeer
{
    private const int Users = 10_000;
    private const int MessagesEach = 100;
    private const int Senders = 1;

    /// <summary>Messages that are stored with one request.</summary>
    private const int Batch = 5_000;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(120);

    public string Name => "Stork";

    public bool Synced => true;

    public string Shape =>
        $"default options; {MessagesEach} messages were stored for each of {Users:N0} users (fewer with --quick), then the server was "
        + "killed and started again; all clients connect as fast as 128 handshakes at a time allow, and acknowledge each message. "
        + "A client's time is from the beginning of its TCP connection to its last message";

    public Task<Sample> RunAsync(RunContext run)
    {
        var users = (int)(Users * Math.Min(1, run.Scale));
        using (var server = MessagesServer.Start(run)) Fill(server, users);
        var starting = Stopwatch.GetTimestamp();
        using var again = MessagesServer.Start(run);
        var startup = Stopwatch.GetElapsedTime(starting).TotalSeconds;
        try
        {
            return Task.FromResult(Return(again, users, startup));
        }
        catch (BenchmarkException failure)
        {
            throw new BenchmarkException($"{failure.Message}\n{again.LastLines()}");
        }
    }

    private static void Fill(ServerProcess server, int users)
    {
        var conversation = new InboxConversation(users, Senders, isSettlementAsked: false);
        using var loop = new LoadLoop(server.Port, conversation);
        loop.Open(Senders);
        var requests = users * MessagesEach / Batch;
        for (var request = 0; request < requests; request++) conversation.Ask(loop, Batch, "fill", id: 1);
        if (!loop.PressUntil(() => conversation.Confirmed == requests, s_patience))
            throw new BenchmarkException("the messages were not stored in time");
    }

    private static Sample Return(ServerProcess server, int users, double startup)
    {
        var connectedAt = new long[users];
        var servedAt = new long[users];
        var messages = new int[users];
        var conversation = new InboxConversation(users, senders: 0, isSettlementAsked: false)
        {
            Connecting = user => connectedAt[user] = Stopwatch.GetTimestamp(),
            OnUser = (user, now) =>
            {
                if (++messages[user] == MessagesEach) servedAt[user] = now;
            },
        };
        using var loop = new LoadLoop(server.Port, conversation);
        var before = MessagesServer.Memory(server.Id);
        MessagesServer.ForgetPeak(server.Id);
        var cpu = CpuTimes.Read(server.Id, loop.Idle);
        loop.Open(users);
        if (!loop.PressUntil(() => conversation.Delivered == (long)users * MessagesEach, s_patience))
            throw new BenchmarkException($"{conversation.Delivered} of {users * MessagesEach} messages came");
        var after = CpuTimes.Read(server.Id, loop.Idle);
        conversation.CheckNothingIsLeft(loop);

        var times = servedAt.Select((at, user) => Stopwatch.GetElapsedTime(connectedAt[user], at).TotalSeconds).Order().ToArray();
        var seconds = Stopwatch.GetElapsedTime(cpu.Timestamp, servedAt.Max()).TotalSeconds;
        return new Sample(
        [
            new(Metrics.Duration, seconds),
            new(Metrics.Messages, conversation.Delivered / seconds),
            new(Metrics.ClientMedian, times[times.Length / 2]),
            new(Metrics.ClientTail, times[times.Length * 99 / 100]),
            new(Metrics.ClientMost, times[^1]),
            new(Metrics.ServerSeconds, after.Server - cpu.Server),
            new(Metrics.MemoryBefore, before),
            new(Metrics.MemoryPeak, MessagesServer.PeakMemory(server.Id)),
            new(Metrics.Startup, startup),
        ]);
    }
}
