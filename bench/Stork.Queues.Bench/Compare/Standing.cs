using Stork.Queues.Bench.Peers;

namespace Stork.Queues.Bench.Compare;

/// <summary>What a peer reached in a contest, in all rounds.</summary>
internal sealed class Standing(Contest contest, IQueuePeer peer)
{
    private readonly List<Measurement> _rounds = [];

    public Contest Contest => contest;

    public IQueuePeer Peer => peer;

    public IReadOnlyList<Measurement> Rounds => _rounds;

    /// <summary>Why there is no figure; null: there is one.</summary>
    public string? Failure { get; set; }

    public bool Counts => Failure is null && _rounds.Count > 0;

    public double PerSecond => Median(static round => round.PerSecond);

    public double MicrosecondsOfCpu => Median(static round => round.MicrosecondsOfCpu);

    public void Add(Measurement round) => _rounds.Add(round);

    private double Median(Func<Measurement, double> figure)
    {
        var sorted = _rounds.Select(figure).Order().ToArray();
        var middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
