namespace Stork.Bench.Scenarios;

/// <summary>How long the phases of a run take.</summary>
/// <param name="WarmUp">Load that is not counted: code gets compiled, buffers get their size.</param>
/// <param name="Measure">Load that is counted.</param>
/// <param name="Settle">Time without load before memory is read.</param>
internal sealed record Timing(TimeSpan WarmUp, TimeSpan Measure, TimeSpan Settle)
{
    public static Timing Standard { get; } = new(TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(30));

    public static Timing Quick { get; } = new(TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(5));
}
