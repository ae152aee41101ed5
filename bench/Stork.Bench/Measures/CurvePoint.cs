namespace Stork.Bench.Measures;

/// <summary>A point of a line in a plot.</summary>
internal readonly record struct CurvePoint(double X, double Y);
