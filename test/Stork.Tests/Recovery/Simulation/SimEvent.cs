namespace Stork.Tests.Recovery.Simulation;

/// <summary>An event that was emitted.</summary>
internal sealed class SimEvent(long id)
{
    public long Id => id;

    /// <summary>The process went on after it had been written: it must not be lost.</summary>
    public bool IsCertain { get; set; }
}
