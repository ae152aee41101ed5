using System.Diagnostics;
using Stork.Bench.Measures;

namespace Stork.Messages.Bench.Conversations;

/// <summary>Durations with their percentiles in milliseconds, and how they are spread.</summary>
internal sealed class Durations
{
    private readonly LatencyHistogram _histogram = new();
    private readonly long[] _bars = new long[Metrics.Bounds.Count];

    public long Count => _histogram.Count;

    public void Record(long ticks)
    {
        _histogram.Record(ticks);
        var milliseconds = ticks * 1000.0 / Stopwatch.Frequency;
        var bar = 0;
        while (milliseconds >= Metrics.Bounds[bar]) bar++;
        _bars[bar]++;
    }

    public void Clear()
    {
        _histogram.Clear();
        Array.Clear(_bars);
    }

    public double Percentile(double share) => _histogram.Percentile(share) / 1000;

    public IEnumerable<KeyValuePair<Metric, double>> Bars() =>
        Metrics.Bounds.Select((bound, i) => new KeyValuePair<Metric, double>(Metrics.Below(bound), _bars[i] * 100.0 / Math.Max(1, Count)));
}
