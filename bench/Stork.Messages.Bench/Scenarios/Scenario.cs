using Stork.Bench.Measures;

namespace Stork.Messages.Bench.Scenarios;

/// <summary>Something that several systems are asked.</summary>
/// <param name="Name">How it is chosen.</param>
/// <param name="Title">How it is called in the report.</param>
/// <param name="IsPinned">Whether servers get one core and clients the other; otherwise all share both.</param>
/// <param name="Headline">What the ratio is taken of.</param>
/// <param name="Peers">Who takes part.</param>
internal sealed record Scenario(string Name, string Title, bool IsPinned, Metric Headline, IReadOnlyList<IPeer> Peers);
