using System.Diagnostics;
using Stork.Bench.Load;
using Stork.Bench.Measures;
using Stork.Bench.Peers;

namespace Stork.Bench.Scenarios;

/// <summary>A server under load from the moment it listens: how fast it becomes fast.</summary>
/// <remarks>Time counts from the start of the process, in windows of half a second.</remarks>
internal sealed class ColdScenario(int connections, int inFlight) : IServerScenario
{
    private static readonly TimeSpan s_window = TimeSpan.FromSeconds(0.5);
    private static readonly TimeSpan s_steadyFrom = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan s_end = TimeSpan.FromSeconds(18);
    private static readonly TimeSpan s_early = TimeSpan.FromSeconds(3);

    public string Name => "cold";

    public string Title => $"Cold start: {connections} connections, {inFlight} echoes in flight on each, from the start of the process";

    public Metric Headline => Metric.EarlyShare;

    public Axes? Axes => new("seconds since the process was started", Metric.RoundTrips);

    public bool NeedsWarmLoadSide => true;

    public int MostRounds => 3;

    public Sample Run(ServerProcess server, Timing timing)
    {
        var echo = new EchoConversation(server.Dialect, connections, inFlight);
        using var loop = new LoadLoop(server.Port, echo, server.Dialect);
        loop.Open(connections);
        echo.Start(loop);
        var before = CpuTimes.Read(server.Id, loop.Idle);
        var windows = PressInWindows(loop, echo, server.StartedAt);
        var after = CpuTimes.Read(server.Id, loop.Idle);
        echo.IsEnding = true;
        loop.Drain(() => echo.Unanswered);

        var start = new ColdStart(windows, s_steadyFrom.TotalSeconds);
        return new Sample(
        [
            new(Metric.EarlyShare, start.ShareAt(s_early.TotalSeconds) * 100),
            new(Metric.SecondsToNinety, start.TimeUntil(0.9)),
            new(Metric.SteadyRate, start.Steady),
            .. after.Since(before, echo.Latency.Count),
        ])
        {
            Curve = windows,
        };
    }

    /// <summary>The rate in each whole window, at its end; what the load got of the first one is left out.</summary>
    private static List<CurvePoint> PressInWindows(LoadLoop loop, EchoConversation echo, long startedAt)
    {
        var windows = new List<CurvePoint>();
        var end = TimeSpan.FromSeconds(Math.Ceiling(Stopwatch.GetElapsedTime(startedAt) / s_window) * s_window.TotalSeconds);
        loop.Press(end - Stopwatch.GetElapsedTime(startedAt));
        while (end < s_end)
        {
            end += s_window;
            var (from, count) = (Stopwatch.GetTimestamp(), echo.Latency.Count);
            loop.Press(end - Stopwatch.GetElapsedTime(startedAt));
            var rate = (echo.Latency.Count - count) / Stopwatch.GetElapsedTime(from).TotalSeconds;
            windows.Add(new CurvePoint(Math.Round(end.TotalSeconds, 1), rate));
        }

        return windows;
    }
}
