using Stork.Bench.Measures;

namespace Stork.Messages.Bench.Scenarios;

/// <summary>A system in a scenario.</summary>
internal interface IPeer
{
    string Name { get; }

    /// <summary>Whether what was acknowledged to a producer is on the disk.</summary>
    bool Synced { get; }

    /// <summary>How it is used, for the report.</summary>
    string Shape { get; }

    /// <summary>Why it cannot take part on this machine; null: it can.</summary>
    string? Missing => null;

    /// <summary>Is started with nothing in it, works, and ends.</summary>
    Task<Sample> RunAsync(RunContext run);
}
