namespace Stork.Bench.Shared;

internal static class Statistics
{
    /// <summary>The middle one, or the mean of the middle two; null of none.</summary>
    public static double? Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        if (sorted.Length == 0) return null;
        var middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    /// <summary>
    /// The median of the ratios of one round each; null of none. What a round does to both sides is in no ratio: that cannot be said of the
    /// ratio of two medians, which may come from different rounds.
    /// </summary>
    public static double? MedianRatio(IEnumerable<double> values, IEnumerable<double> references) =>
        Median(values.Zip(references, static (value, reference) => value / reference));

    /// <summary>By how much the highest is above the lowest, as a share of the lowest; 0 of less than two.</summary>
    public static double Drift(IReadOnlyCollection<double> values) => values.Count < 2 ? 0 : (values.Max() / values.Min()) - 1;
}
