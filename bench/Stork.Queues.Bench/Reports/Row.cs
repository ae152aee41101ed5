namespace Stork.Queues.Bench.Reports;

/// <summary>One result.</summary>
/// <param name="Scenario">What was done.</param>
/// <param name="Peer">By whom.</param>
/// <param name="Value">The figure.</param>
/// <param name="Unit">What it counts.</param>
/// <param name="MicrosecondsOfCpu">Processor time per operation, producers and consumers included; null: not measured.</param>
/// <param name="Synced">Whether the producer's answer waited for the disk; null: does not matter.</param>
/// <param name="Note">What else is worth knowing.</param>
internal sealed record Row(
    string Scenario, string Peer, double Value, string Unit, double? MicrosecondsOfCpu = null, bool? Synced = null, string Note = "")
{
    /// <summary>The first peer's figure divided by this one; null: there is nothing to compare, or it is the first.</summary>
    public double? Ratio { get; init; }
}
