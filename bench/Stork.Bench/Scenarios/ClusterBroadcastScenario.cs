using Stork.Bench.Load;
using Stork.Bench.Measures;
using Stork.Bench.Peers;

namespace Stork.Bench.Scenarios;

/// <summary>Broadcasts of one server to all connections of two, at full speed.</summary>
internal sealed class ClusterBroadcastScenario(int receiversEach, int outstanding) : IClusterScenario
{
    public string Name => "cluster-broadcast";

    public string Title =>
        $"Two servers over Redis, broadcasts of one to {receiversEach:N0} connections on each: {Payload.Length}-byte text, "
        + $"{outstanding} outstanding at a time";

    public Metric Headline => Metric.DeliveriesOfEach;

    public int MostRounds => int.MaxValue;

    public Sample Run(ServerCluster cluster, Timing timing)
    {
        var broadcasts = new BroadcastConversation(Dialect.SocketIO, ServerCluster.Size * receiversEach, outstanding);
        using var loop = new LoadLoop(cluster.Ports, broadcasts);
        loop.Open(ServerCluster.Size * receiversEach);
        broadcasts.Start(loop);
        loop.Press(ServerCluster.Size * timing.WarmUp);
        var before = broadcasts.Delivered;
        var sample = new MeasuredLoad(cluster, loop, broadcasts.Latency).Press(
            timing.Measure, Metric.DeliveriesOfEach, () => (broadcasts.Delivered - before) / ServerCluster.Size);
        broadcasts.End(loop);
        return sample;
    }
}
