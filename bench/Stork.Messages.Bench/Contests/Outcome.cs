using Stork.Bench.Measures;

namespace Stork.Messages.Bench.Contests;

/// <summary>What one system reached in one contest, in all rounds.</summary>
internal sealed class Outcome(Contest contest, IContender contender)
{
    private readonly List<Sample> _rounds = [];

    public Contest Contest => contest;

    public IContender Contender => contender;

    public IReadOnlyList<Sample> Rounds => _rounds;

    /// <summary>Why there is no figure; null: there is one.</summary>
    public string? Failure { get; set; }

    public bool Counts => Failure is null && _rounds.Count > 0;

    public IEnumerable<Metric> Metrics => _rounds.SelectMany(static round => round.Values.Keys).Distinct();

    public void Add(Sample sample) => _rounds.Add(sample);

    public IReadOnlyList<double> Values(Metric metric) => [.. _rounds.Where(round => round.Values.ContainsKey(metric)).Select(round => round[metric])];

    /// <summary>Null: it was not measured of this system.</summary>
    public double? Median(Metric metric)
    {
        var sorted = Values(metric).Order().ToArray();
        if (sorted.Length == 0) return null;
        var middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
