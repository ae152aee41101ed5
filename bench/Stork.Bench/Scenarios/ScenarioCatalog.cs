namespace Stork.Bench.Scenarios;

/// <summary>The scenarios, in the order they run.</summary>
internal static class ScenarioCatalog
{
    /// <summary>Those that run when none is named.</summary>
    public static IReadOnlyList<IScenario> Standard { get; } =
    [
        new EchoScenario("echo-1", connections: 50, inFlight: 1),
        new EchoScenario("echo-32", connections: 50, inFlight: 32),
        new BinaryEchoScenario(connections: 50, size: 1_024),
        new RateScenario(perSecond: 5_000, connections: 100),
        new BroadcastScenario("broadcast-1", receivers: 1_000, outstanding: 1),
        new BroadcastScenario("broadcast-4", receivers: 1_000, outstanding: 4),
        new BroadcastScenario("broadcast-10k", receivers: 10_000, outstanding: 1),
        new ConnectScenario(startsWithPolling: false, outstanding: 32),
        new ConnectScenario(startsWithPolling: true, outstanding: 32),
        new PollingEchoScenario(clients: 50),
        new IdleScenario("idle", connections: 10_000),
        new ColdScenario(connections: 50, inFlight: 32),
        new EchoScenario("cores", connections: 50, inFlight: 32, ServerRoom.AllCores),
        new BroadcastScenario("cores-broadcast", receivers: 1_000, outstanding: 4, ServerRoom.AllCores),
        new ChurnScenario("churn", visits: 200_000),
        new GrowthScenario(
            "growth-connections", "Cost of an echo while connections come: 50 under way, over all of them in turn", "connections",
            static () => new GrowingConnections()),
        new GrowthScenario(
            "growth-rooms", "Cost of a delivery to a room of 10 while 1,000 connections join other rooms", "rooms",
            static () => new GrowingRooms()),
        new GrowthScenario(
            "growth-namespaces", "Cost of an echo in a namespace while they become more, among 1,000 connections", "namespaces",
            static () => new GrowingNamespaces()),
    ];

    /// <summary>Those of several servers, which need Redis.</summary>
    public static IReadOnlyList<IScenario> Cluster { get; } =
    [
        new ClusterBroadcastScenario(receiversEach: 1_000, outstanding: 4),
        new ClusterRateScenario(perSecond: 1_000, pairs: 100),
        new ClusterFetchScenario(socketsEach: 5_000),
    ];

    /// <summary>Those that have to be named: they take long, or more of a machine than every one has.</summary>
    private static readonly IReadOnlyList<IScenario> s_extra =
    [
        new IdleScenario("idle-50k", connections: 50_000),
        new ChurnScenario("churn-1m", visits: 1_000_000),
        new EchoScenario("cores-4", connections: 50, inFlight: 32, ServerRoom.FourCoresSimulated),
        new BroadcastScenario("cores-4-broadcast", receivers: 1_000, outstanding: 4, ServerRoom.FourCoresSimulated),
    ];

    private static IEnumerable<IScenario> All => Standard.Concat(Cluster).Concat(s_extra);

    public static string Names => string.Join(", ", All.Select(static scenario => scenario.Name));

    public static IScenario Find(string name) => All.FirstOrDefault(scenario => scenario.Name == name)
        ?? throw new BenchmarkException($"no scenario is called {name}; there are {Names}");

    /// <summary>The scenario of this name, or all that the name stands for.</summary>
    public static IEnumerable<IScenario> FindAll(string name) => name == "cluster" ? Cluster : [Find(name)];
}
