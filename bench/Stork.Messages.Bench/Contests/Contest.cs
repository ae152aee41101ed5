using Stork.Bench.Measures;

namespace Stork.Messages.Bench.Contests;

/// <summary>Something that several systems are asked.</summary>
/// <param name="Name">How it is chosen.</param>
/// <param name="Title">How it is called in the report.</param>
/// <param name="IsPinned">Whether servers get one core and clients the other; otherwise all share both.</param>
/// <param name="Headline">What the ratio is taken of.</param>
/// <param name="Contenders">Who takes part.</param>
internal sealed record Contest(string Name, string Title, bool IsPinned, Metric Headline, IReadOnlyList<IContender> Contenders);
