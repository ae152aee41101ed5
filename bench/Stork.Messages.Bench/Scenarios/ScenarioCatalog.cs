using Stork.Bench.Measures;
using Stork.Messages.Bench.Peers;
using Stork.Queues.Bench.Peers;
using Stork.Queues.Bench.Peers.Redis;

namespace Stork.Messages.Bench.Scenarios;

/// <summary>All scenarios, by group.</summary>
internal static class ScenarioCatalog
{
    private static readonly Scenario[] s_inboxes =
    [
        new("returning", "10,000 clients come back to 100 messages each", IsPinned: true, Metrics.Duration, [new ReturningClients()]),
        InboxScenario(1_000),
        new(
            "emit-ack-1000-fronted",
            "The same for 1,000 clients, the official server before Redis",
            IsPinned: true,
            Metrics.Messages,
            [
                new InboxThroughput(1_000, InboxOrigin.Server),
                .. FrontedEngine.All.Select(static engine => new FrontedInboxes(engine, 1_000)),
            ]),
        InboxScenario(10_000),
        new(
            "durability",
            $"What durability costs: {Load.ModerateRate:N0} messages per second to 100 clients, from emit to receipt",
            IsPinned: true,
            Metrics.Median,
            [
                new InboxLatencyAtRate("Fsync"),
                new InboxLatencyAtRate("Buffered"),
                new InboxLatencyAtRate("Memory"),
                new InboxLatencyAtRate(null),
            ]),
    ];

    private static readonly Scenario[] s_workQueues =
    [
        Jobs("sockets", "Jobs over sockets, as many as possible", isPinned: true, 0, new SocketJobs(0)),
        Jobs(
            "sockets-moderate",
            $"Jobs over sockets, {Load.ModerateRate:N0} per second",
            isPinned: true,
            Load.ModerateRate,
            new SocketJobs(Load.ModerateRate)),
        Fronted("sockets-fronted", "Jobs over sockets, the official server before the brokers, as many as possible", 0),
        Fronted(
            "sockets-fronted-moderate",
            $"Jobs over sockets, the official server before the brokers, {Load.ModerateRate:N0} per second",
            Load.ModerateRate),
        Jobs("process", "Jobs within one application, as many as possible", isPinned: false, 0, InProcess(0)),
        Jobs(
            "process-moderate",
            $"Jobs within one application, {Load.ModerateRate:N0} per second",
            isPinned: false,
            Load.ModerateRate,
            InProcess(Load.ModerateRate)),
    ];

    public static IReadOnlyDictionary<string, Scenario[]> Groups { get; } =
        new Dictionary<string, Scenario[]> { ["inboxes"] = s_inboxes, ["workqueues"] = s_workQueues };

    private static Scenario InboxScenario(int users) => new(
        $"emit-ack-{users}",
        $"Emit, deliver, acknowledge: {users:N0} connected clients with an inbox each",
        IsPinned: true,
        Metrics.Messages,
        [
            new InboxThroughput(users, InboxOrigin.Server),
            new InboxThroughput(users, InboxOrigin.ServerInBatches),
            new InboxThroughput(users, InboxOrigin.Clients),
            new BrokerPeer(static () => new RedisPeer(), users, 0, Metrics.Messages),
            new BrokerPeer(static () => new PostgresPeer(), users, 0, Metrics.Messages),
            new BrokerPeer(static () => new RabbitPeer(), 1, 0, Metrics.Messages),
        ]);

    private static Scenario Jobs(string name, string title, bool isPinned, int rate, IPeer stork) => new(
        name,
        title,
        isPinned,
        Headline(rate),
        [
            stork,
            Broker(static () => new RabbitPeer(), rate),
            Broker(static () => new RedisPeer(), rate),
            Broker(static () => new PostgresPeer(), rate),
            new BullPeer(rate),
        ]);

    private static Scenario Fronted(string name, string title, int rate)
    {
        var fronted = FrontedBroker.All.Select(broker => new FrontedJobs(broker, rate));
        return new(name, title, IsPinned: true, Headline(rate), [new SocketJobs(rate), .. fronted]);
    }

    private static Metric Headline(int rate) => rate == 0 ? Metrics.Jobs : Metrics.Median;

    private static BrokerPeer InProcess(int rate) => Broker(static () => new ProcessJobsPeer(), rate);

    private static BrokerPeer Broker(Func<IQueuePeer> create, int rate) => new(create, 1, rate, Metrics.Jobs);
}
