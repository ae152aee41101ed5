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

    /// <summary>The headline of a peer as a multiple of the first peer's.</summary>
    public double Ratio(Peer peer) => Median(peer, Scenario.Headline) / Median(Peers[0], Scenario.Headline);
}
