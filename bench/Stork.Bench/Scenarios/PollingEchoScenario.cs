using Stork.Bench.Load;
using Stork.Bench.Measures;
using Stork.Bench.Peers;

namespace Stork.Bench.Scenarios;

/// <summary>Clients that stay with long-polling: a POST brings an event, a waiting GET gets its acknowledgement, and so on.</summary>
internal sealed class PollingEchoScenario(int clients) : IServerScenario, IConversation
{
    public string Name => "polling-echo";

    public string Title => $"Echo with acknowledgement by long-polling: {clients} clients, 1 in flight on each, {Payload.Length}-byte text";

    public Metric Headline => Metric.RoundTrips;

    public int MostRounds => int.MaxValue;

    public Sample Run(ServerProcess server, Timing timing)
    {
        var latency = new LatencyHistogram();
        using var loop = new LoadLoop(server.Port, this);
        var echoes = Enumerable.Range(0, clients).Select(_ => new PollingEcho(loop, latency)).ToList();
        echoes.ForEach(client => client.Start());
        loop.Press(timing.WarmUp);
        var sample = new MeasuredLoad(server, loop, latency).Press(timing.Measure, Metric.RoundTrips);
        echoes.ForEach(client => client.IsEnding = true);
        loop.Drain(() => echoes.Count(client => client.IsUnderWay));
        return sample;
    }

    public void OnPacket(Connection connection, ReadOnlySpan<byte> packet, long now) =>
        throw new BenchmarkException("a packet came over WebSocket, which nobody has opened");
}
