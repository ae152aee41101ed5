namespace Stork.Bench.Measures;

/// <summary>What one run of one scenario against one server gave.</summary>
internal sealed class Sample(IEnumerable<KeyValuePair<Metric, double>> values)
{
    public IReadOnlyDictionary<Metric, double> Values { get; } = values.ToDictionary();

    public double this[Metric metric] => Values[metric];
}
