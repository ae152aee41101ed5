using Stork.Bench.Measures;
using Stork.Bench.Peers;
using Stork.Bench.Scenarios;

namespace Stork.Bench.Reports;

/// <summary>All samples of one scenario: per peer, in the order of the rounds.</summary>
internal sealed class ScenarioResult
{
    private readonly Dictionary<Peer, List<Sample>> _samples;

    public ScenarioResult(IScenario scenario, IReadOnlyList<Peer> peers)
    {
        Scenario = scenario;
        Peers = [.. peers.Where(peer => peer.Serves(scenario.Name))];
        Absent = [.. peers.Except(Peers)];
        _samples = Peers.ToDictionary(peer => peer, _ => new List<Sample>());
    }

    public IScenario Scenario { get; }

    /// <summary>Those that are measured; the first one is what the others are compared with.</summary>
    public IReadOnlyList<Peer> Peers { get; }

    /// <summary>Those that cannot serve the scenario.</summary>
    public IReadOnlyList<Peer> Absent { get; }

    public IReadOnlyList<Metric> Metrics => [.. _samples[Peers[0]][0].Values.Keys];

    public int Rounds => _samples[Peers[0]].Count;

    public void Add(Peer peer, Sample sample) => _samples[peer].Add(sample);

    public IReadOnlyList<double> Values(Peer peer, Metric metric) => [.. _samples[peer].Select(sample => sample[metric])];

    public double Median(Peer peer, Metric metric) => Statistics.Median(Values(peer, metric))!.Value;

    /// <summary>The headline of a peer as a multiple of the first peer's, in the middle of the rounds.</summary>
    public double Ratio(Peer peer) => Statistics.MedianRatio(Headlines(peer), Headlines(Peers[0]))!.Value;

    /// <summary>
    /// Which share of what load side and machine can do the peer reaches, in the middle of the rounds; for what is better when it is lower,
    /// the other way round. Null where nobody showed the limit.
    /// </summary>
    public double? ShareOfCeiling(Peer peer)
    {
        if (Ceiling is null)
            return null;
        var share = Statistics.MedianRatio(Headlines(peer), Headlines(Ceiling));
        return Scenario.Headline.LowerIsBetter ? 1 / share : share;
    }

    /// <summary>By how much the limit itself moved between the rounds, which no server did. Null where nobody showed it.</summary>
    public double? CeilingDrift => Ceiling is null ? null : Statistics.Drift(Headlines(Ceiling));

    /// <summary>The peer's line: of each X the median of the rounds.</summary>
    public IReadOnlyList<CurvePoint> Curve(Peer peer) =>
    [
        .. _samples[peer].SelectMany(sample => sample.Curve)
            .GroupBy(point => point.X, point => point.Y)
            .OrderBy(values => values.Key)
            .Select(values => new CurvePoint(values.Key, Statistics.Median(values)!.Value)),
    ];

    private Peer? Ceiling => Peers.FirstOrDefault(peer => peer.Name == Peer.Ceiling);

    private IReadOnlyList<double> Headlines(Peer peer) => Values(peer, Scenario.Headline);
}
