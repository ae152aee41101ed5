namespace Stork.Bench.Measures;

/// <summary>What the lines of a plot are drawn over.</summary>
/// <param name="X">What grows or passes.</param>
/// <param name="Y">What is measured of it.</param>
/// <param name="IsLogarithmic">Whether X grows by factors.</param>
internal sealed record Axes(string X, Metric Y, bool IsLogarithmic = false);
