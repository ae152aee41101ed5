using Stork.Bench.Scenarios;

namespace Stork.Bench.Reports;

/// <summary>What was run, when and where: the head of a report.</summary>
internal sealed record RunDescription(
    string Set, DateTimeOffset Started, MachineDescription Machine, int ServerCore, int LoadCore, int Rounds, Timing Timing);
