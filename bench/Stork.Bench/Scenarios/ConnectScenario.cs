using Stork.Bench.Load;
using Stork.Bench.Measures;
using Stork.Bench.Peers;

namespace Stork.Bench.Scenarios;

/// <summary>Clients that come, say one thing, and go; as soon as one has gone, the next one comes.</summary>
/// <remarks>
/// A client connects, joins, has one event acknowledged, leaves the namespace, closes the WebSocket, and is counted when the server has
/// closed it too. Its latency lasts until the acknowledgement. Nothing is reset: the end is the ordinary one for both sides.
/// </remarks>
internal sealed class ConnectScenario(bool startsWithPolling, int outstanding) : IServerScenario
{
    /// <summary>
    /// So many times the usual warm-up. A visit runs far more of a server's code than a message does, and on the one core a just-in-time
    /// compiler has to share with the load that takes some seconds more: a rate measured before would be that of half-compiled code.
    /// </summary>
    private const int WarmUps = 3;

    public string Name => startsWithPolling ? "connect-polling" : "connect-ws";

    public string Title =>
        $"Connects by {(startsWithPolling ? "long-polling, upgrade to " : "")}WebSocket, one echo, close; {outstanding} clients at a time";

    public Metric Headline => Metric.Connects;

    public int MostRounds => int.MaxValue;

    public Sample Run(ServerProcess server, Timing timing)
    {
        var visitors = new Visitors(startsWithPolling, outstanding);
        using var loop = new LoadLoop(server.Port, visitors);
        visitors.Start(loop);
        loop.Press(WarmUps * timing.WarmUp);
        visitors.Completed = 0;
        var sample = new MeasuredLoad(server, loop, visitors.Latency).Press(timing.Measure, Metric.Connects, () => visitors.Completed);
        visitors.End(loop);
        return sample;
    }
}
