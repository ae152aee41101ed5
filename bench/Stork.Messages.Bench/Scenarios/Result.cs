using Stork.Bench.Measures;

namespace Stork.Messages.Bench.Scenarios;

/// <summary>What one system reached in one scenario, in all rounds.</summary>
internal sealed class Result(Scenario scenario, IPeer peer)
{
    private readonly List<Sample> _rounds = [];

    public Scenario Scenario => scenario;

    public IPeer Peer => peer;

    public IReadOnlyList<Sample> Rounds => _rounds;

    /// <summary>Why there is no figure; null: there is one.</summary>
    public string? Failure { get; set; }

    public bool Counts => Failure is null && _rounds.Count > 0;

    public IEnumerable<Metric> Metrics => _rounds.SelectMany(static round => round.Values.Keys).Distinct();

    public void Add(Sample sample) => _rounds.Add(sample);

    public IReadOnlyList<double> Values(Metric metric) =>
        [.. _rounds.Where(round => round.Values.ContainsKey(metric)).Select(round => round[metric])];

    /// <summary>Null: it was not measured of this system.</summary>
    public double? Median(Metric metric) => Statistics.Median(Values(metric));
}
