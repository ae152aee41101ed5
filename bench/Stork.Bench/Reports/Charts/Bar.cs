namespace Stork.Bench.Reports.Charts;

/// <summary>A value with its lowest and highest, and how it is written.</summary>
internal sealed record Bar(string Name, string Color, double Value, double Lowest, double Highest, string Text);
