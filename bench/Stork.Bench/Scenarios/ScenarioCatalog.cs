namespace Stork.Bench.Scenarios;

/// <summary>The scenarios, in the order they run.</summary>
internal static class ScenarioCatalog
{
    public static IReadOnlyList<IScenario> All { get; } =
    [
        new EchoScenario(connections: 50, inFlight: 1),
        new EchoScenario(connections: 50, inFlight: 32),
        new BinaryEchoScenario(connections: 50, size: 1_024),
        new RateScenario(perSecond: 5_000, connections: 100),
        new BroadcastScenario("broadcast-1", receivers: 1_000, outstanding: 1),
        new BroadcastScenario("broadcast-4", receivers: 1_000, outstanding: 4),
        new BroadcastScenario("broadcast-10k", receivers: 10_000, outstanding: 1),
        new ConnectScenario(startsWithPolling: false, outstanding: 32),
        new ConnectScenario(startsWithPolling: true, outstanding: 32),
        new PollingEchoScenario(clients: 50),
        new IdleScenario(connections: 10_000),
    ];

    public static string Names => string.Join(", ", All.Select(scenario => scenario.Name));

    public static IScenario Find(string name) => All.FirstOrDefault(scenario => scenario.Name == name)
        ?? throw new BenchmarkException($"no scenario is called {name}; there are {Names}");
}
