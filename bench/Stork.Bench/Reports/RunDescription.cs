using Stork.Bench.Scenarios;

namespace Stork.Bench.Reports;

/// <summary>What was run, when and where: the head of a report.</summary>
/// <param name="LeftOut">Names of the servers that this machine could not have.</param>
internal sealed record RunDescription(
    string Set,
    DateTimeOffset Started,
    MachineDescription Machine,
    int ServerCore,
    int LoadCore,
    int Rounds,
    Timing Timing,
    IReadOnlyList<string> LeftOut);
