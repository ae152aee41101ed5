using Stork.Bench.Measures;
using Stork.Messages.Bench.Brokers;
using Stork.Messages.Bench.Fronted;
using Stork.Messages.Bench.Stork;
using Stork.Queues.Bench.Peers;
using Stork.Queues.Bench.Peers.Redis;

namespace Stork.Messages.Bench.Contests;

/// <summary>All contests, by group.</summary>
internal static class ContestCatalog
{
    private static readonly Contest[] s_inboxes =
    [
        new("returning", "10,000 clients come back to 100 messages each", IsPinned: true, Figures.Duration, [new ReturningClients()]),
        Notes(1_000),
        Notes(10_000),
        new(
            "durability",
            $"What durability costs: {Load.ModerateRate:N0} messages per second to 100 clients, from emit to receipt",
            IsPinned: true,
            Figures.Median,
            [new ModerateNotes("Fsync"), new ModerateNotes("Buffered"), new ModerateNotes("Memory"), new ModerateNotes(null)]),
    ];

    private static readonly Contest[] s_workQueues =
    [
        Jobs("sockets", "Jobs over sockets, as many as possible", isPinned: true, 0, new SocketJobs(0)),
        Jobs("sockets-moderate", $"Jobs over sockets, {Load.ModerateRate:N0} per second", isPinned: true, Load.ModerateRate, new SocketJobs(Load.ModerateRate)),
        Fronted("sockets-fronted", "Jobs over sockets, the official server before the brokers, as many as possible", 0),
        Fronted("sockets-fronted-moderate", $"Jobs over sockets, the official server before the brokers, {Load.ModerateRate:N0} per second", Load.ModerateRate),
        Jobs("process", "Jobs within one application, as many as possible", isPinned: false, 0, InProcess(0)),
        Jobs("process-moderate", $"Jobs within one application, {Load.ModerateRate:N0} per second", isPinned: false, Load.ModerateRate, InProcess(Load.ModerateRate)),
    ];

    public static IReadOnlyDictionary<string, Contest[]> Groups { get; } =
        new Dictionary<string, Contest[]> { ["inboxes"] = s_inboxes, ["workqueues"] = s_workQueues };

    private static Contest Notes(int users) => new(
        $"emit-ack-{users}",
        $"Emit, deliver, acknowledge: {users:N0} connected clients with an inbox each",
        IsPinned: true,
        Figures.Messages,
        [
            new SocketNotes(users, fromClients: false),
            new SocketNotes(users, fromClients: true),
            new BrokerContender(static () => new RedisPeer(), users, 0, Figures.Messages),
            new BrokerContender(static () => new PostgresPeer(), users, 0, Figures.Messages),
            new BrokerContender(static () => new RabbitPeer(), 1, 0, Figures.Messages),
        ]);

    private static Contest Jobs(string name, string title, bool isPinned, int rate, IContender stork) => new(
        name,
        title,
        isPinned,
        Headline(rate),
        [
            stork,
            Broker(static () => new RabbitPeer(), rate),
            Broker(static () => new RedisPeer(), rate),
            Broker(static () => new PostgresPeer(), rate),
            new BullContender(rate),
        ]);

    private static Contest Fronted(string name, string title, int rate) =>
        new(name, title, IsPinned: true, Headline(rate), [new SocketJobs(rate), .. FrontedBroker.All.Select(broker => new FrontedJobs(broker, rate))]);

    private static Metric Headline(int rate) => rate == 0 ? Figures.Jobs : Figures.Median;

    private static BrokerContender InProcess(int rate) => Broker(static () => new ProcessJobsPeer(), rate);

    private static BrokerContender Broker(Func<IQueuePeer> create, int rate) => new(create, 1, rate, Figures.Jobs);
}
