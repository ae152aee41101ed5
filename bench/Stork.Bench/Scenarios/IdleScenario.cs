using Stork.Bench.Load;
using Stork.Bench.Measures;
using Stork.Bench.Peers;

namespace Stork.Bench.Scenarios;

/// <summary>Memory of the server per connection that only answers heartbeats.</summary>
/// <remarks>
/// The same for every server, with no collection forced: a few connections warm the code up and stay, then memory is read, the others
/// join, time passes, memory is read again. Kernel socket buffers are not in it.
/// </remarks>
internal sealed class IdleScenario(string name, int connections) : IServerScenario, IConversation
{
    private const int WarmUpConnections = 200;

    public string Name => name;

    public string Title => $"{connections:N0} idle connections: growth of the server's memory";

    public Metric Headline => Metric.Rss;

    // Each round takes most of a minute, and the figures of two rounds hardly differ.
    public int MostRounds => 2;

    public Sample Run(ServerProcess server, Timing timing)
    {
        Descriptors.Require(WarmUpConnections + connections);
        using var loop = new LoadLoop(server.Port, this, server.Dialect);
        loop.Open(WarmUpConnections);
        loop.Rest(timing.WarmUp);
        var before = MemoryFootprint.Read(server.Id);

        loop.Open(connections);
        loop.Rest(timing.Settle);
        var after = MemoryFootprint.Read(server.Id);

        return new Sample(
        [
            .. after.GrowthSince(before, connections),
            new(Metric.Heartbeats, loop.Connections.Average(connection => connection.Heartbeats)),
        ]);
    }

    public void OnPacket(Connection connection, ReadOnlySpan<byte> packet, long now) =>
        throw new BenchmarkException("an idle connection got an event");
}
