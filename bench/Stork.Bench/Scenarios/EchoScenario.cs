using Stork.Bench.Load;
using Stork.Bench.Measures;
using Stork.Bench.Peers;

namespace Stork.Bench.Scenarios;

/// <summary>A fixed number of echoes in flight on each connection, at full speed.</summary>
internal sealed class EchoScenario(string name, int connections, int inFlight, ServerRoom room = ServerRoom.OneCore) : IServerScenario
{
    public string Name => name;

    public string Title =>
        $"Echo with acknowledgement: {connections} connections, {inFlight} in flight on each, {Payload.Length}-byte text{room.Remark()}";

    public Metric Headline => Metric.RoundTrips;

    public ServerRoom Room => room;

    public int MostRounds => int.MaxValue;

    public Sample Run(ServerProcess server, Timing timing)
    {
        var echo = new EchoConversation(server.Dialect, connections, inFlight);
        using var loop = new LoadLoop(server.Port, echo, server.Dialect) { Sleeps = room.IsShared() };
        loop.Open(connections);
        echo.Start(loop);
        loop.Press(timing.WarmUp);
        var sample = new MeasuredLoad(server, loop, echo.Latency).Press(timing.Measure, Metric.RoundTrips);
        echo.IsEnding = true;
        loop.Drain(() => echo.Unanswered);
        return sample;
    }
}
