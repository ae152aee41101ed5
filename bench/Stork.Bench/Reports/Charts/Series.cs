using Stork.Bench.Measures;

namespace Stork.Bench.Reports.Charts;

/// <summary>A line of a plot.</summary>
internal sealed record Series(string Name, string Color, IReadOnlyList<CurvePoint> Points);
