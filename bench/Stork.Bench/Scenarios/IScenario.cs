using Stork.Bench.Measures;

namespace Stork.Bench.Scenarios;

/// <summary>What is to be measured. How: see <see cref="IServerScenario"/> and <see cref="IClusterScenario"/>.</summary>
internal interface IScenario
{
    /// <summary>How it is chosen on the command line.</summary>
    string Name { get; }

    /// <summary>What it does, in one line, for the report.</summary>
    string Title { get; }

    /// <summary>What it is about: the metric the ratio is taken of.</summary>
    Metric Headline { get; }

    /// <summary>What its lines are drawn over; null: it has none, and is drawn as bars of the headline.</summary>
    Axes? Axes => null;

    /// <summary>What the server gets to run on.</summary>
    ServerRoom Room => ServerRoom.OneCore;

    /// <summary>Whether the very first seconds count, in which the load side must not be cold itself.</summary>
    bool NeedsWarmLoadSide => false;

    /// <summary>How often each server is measured at most; scenarios that take long and vary little say less.</summary>
    int MostRounds { get; }
}
