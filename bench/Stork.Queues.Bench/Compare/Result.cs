using Stork.Queues.Bench.Peers;

namespace Stork.Queues.Bench.Compare;

/// <summary>What a peer reached in a scenario, in all rounds.</summary>
internal sealed class Result(Scenario scenario, IQueuePeer peer)
{
    private readonly List<Sample> _rounds = [];

    public Scenario Scenario => scenario;

    public IQueuePeer Peer => peer;

    public IReadOnlyList<Sample> Rounds => _rounds;

    /// <summary>Why there is no figure; null: there is one.</summary>
    public string? Failure { get; set; }

    public bool Counts => Failure is null && _rounds.Count > 0;

    public double PerSecond => Median(static round => round.PerSecond);

    public double MicrosecondsOfCpu => Median(static round => round.MicrosecondsOfCpu);

    public void Add(Sample round) => _rounds.Add(round);

    private double Median(Func<Sample, double> figure) => Statistics.Median(_rounds.Select(figure))!.Value;
}
