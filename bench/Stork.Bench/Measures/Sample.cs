namespace Stork.Bench.Measures;

/// <summary>What one run of one scenario against one server gave.</summary>
internal sealed class Sample(IEnumerable<KeyValuePair<Metric, double>> values)
{
    public IReadOnlyDictionary<Metric, double> Values { get; } = values.ToDictionary();

    /// <summary>What it gave over time, or over a growing number of something; empty where that is not the question.</summary>
    public IReadOnlyList<CurvePoint> Curve { get; init; } = [];

    public double this[Metric metric] => Values[metric];
}
