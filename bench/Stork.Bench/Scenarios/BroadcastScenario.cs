using Stork.Bench.Load;
using Stork.Bench.Measures;
using Stork.Bench.Peers;

namespace Stork.Bench.Scenarios;

/// <summary>Broadcasts to all connections of a server, at full speed.</summary>
internal sealed class BroadcastScenario(string name, int receivers, int outstanding, ServerRoom room = ServerRoom.OneCore) : IServerScenario
{
    /// <summary>From so many on there are few broadcasts a second, and what runs once for each is compiled later.</summary>
    private const int ManyReceivers = 10_000;

    public string Name => name;

    public string Title =>
        $"Broadcast to {receivers:N0} connections: {Payload.Length}-byte text, {outstanding} outstanding at a time{room.Remark()}";

    public Metric Headline => Metric.Deliveries;

    public ServerRoom Room => room;

    public int MostRounds => int.MaxValue;

    public Sample Run(ServerProcess server, Timing timing)
    {
        var broadcasts = new BroadcastConversation(server.Dialect, receivers, outstanding);
        using var loop = new LoadLoop(server.Port, broadcasts, server.Dialect) { Sleeps = room.IsShared() };
        loop.Open(receivers);
        broadcasts.Start(loop);
        loop.Press(receivers >= ManyReceivers ? 2 * timing.WarmUp : timing.WarmUp);
        var sample = new MeasuredLoad(server, loop, broadcasts.Latency).Press(
            timing.Measure, Metric.Deliveries, Since(broadcasts.Delivered));
        broadcasts.End(loop);
        return sample;

        Func<long> Since(long before) => () => broadcasts.Delivered - before;
    }
}
