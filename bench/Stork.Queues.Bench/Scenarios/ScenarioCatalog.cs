using Stork.Queues.Bench.Peers;

namespace Stork.Queues.Bench.Scenarios;

/// <summary>All that can be measured.</summary>
internal static class ScenarioCatalog
{
    public static IReadOnlyList<IScenario> All { get; } =
    [
        new RateScenario("enqueue", new Workload { Messages = 1_000_000 }, cycles: false),
        new RateScenario("cycles-inboxes", new Workload(), cycles: true),
        new RateScenario("cycles-work", new Workload { Inboxes = 1 }, cycles: true),
        new RateScenario("cycles-backlog", new Workload { Backlog = 400_000 }, cycles: true),
        new OpenScenario("open-1m", 1_000_000),
        new OpenScenario("open-5m", 5_000_000),
        new SpaceScenario(),
        new GrowthScenario(),
    ];
}
