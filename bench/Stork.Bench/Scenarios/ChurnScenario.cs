using Stork.Bench.Load;
using Stork.Bench.Measures;
using Stork.Bench.Peers;

namespace Stork.Bench.Scenarios;

/// <summary>Memory of a server after many clients have come and gone, compared with before: none of it should be left.</summary>
/// <remarks>
/// A few idle connections stay all the time. Visitors come first without being counted, until code is compiled and pools and heap have
/// their size; then memory is read, the others come and go, and it is read again, both times after the same rest. No collection is forced.
/// </remarks>
internal sealed class ChurnScenario(string name, int visits) : IServerScenario
{
    private const int IdleConnections = 200;
    private const int AtATime = 32;
    private const int WarmUpVisits = 20_000;
    private const int Readings = 20;
    private const double KibibytesPerMebibyte = 1024;

    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(10);

    public string Name => name;

    public string Title => $"Memory after {visits:N0} clients have come and gone over WebSocket, {IdleConnections} others staying";

    public Metric Headline => Metric.PrivateGrowth;

    public Axes? Axes => new("clients that have come and gone", Metric.PrivateMemory);

    public int MostRounds => 1;

    public Sample Run(ServerProcess server, Timing timing)
    {
        var visitors = new Visitors(startWithPolling: false, AtATime, firstIndex: IdleConnections);
        using var loop = new LoadLoop(server.Port, visitors);
        loop.Open(IdleConnections);
        visitors.Start(loop);
        Await(loop, visitors, WarmUpVisits);
        visitors.End(loop);
        loop.Rest(timing.Settle);
        var before = MemoryFootprint.Read(server.Id).Private;

        var start = visitors.Completed;
        var memory = new List<CurvePoint> { new(0, before / KibibytesPerMebibyte) };
        var cpu = CpuTimes.Read(server.Id, loop.Idle);
        visitors.Start(loop);
        for (var reading = 1; reading <= Readings; reading++)
        {
            var visited = (long)visits * reading / Readings;
            Await(loop, visitors, start + visited);
            memory.Add(new CurvePoint(visited, MemoryFootprint.Read(server.Id).Private / KibibytesPerMebibyte));
        }

        var load = CpuTimes.Read(server.Id, loop.Idle).Since(cpu, visits).ToList();
        visitors.End(loop);
        loop.Rest(timing.Settle);
        var after = MemoryFootprint.Read(server.Id).Private;
        return new Sample(
        [
            new(Metric.PrivateGrowth, (after - before) / KibibytesPerMebibyte),
            new(Metric.PrivateBefore, before / KibibytesPerMebibyte),
            new(Metric.PrivateAfter, after / KibibytesPerMebibyte),
            .. load,
        ])
        {
            Curve = memory,
        };
    }

    private static void Await(LoadLoop loop, Visitors visitors, long completed)
    {
        if (!loop.PressUntil(() => visitors.Completed >= completed, s_patience))
            throw new BenchmarkException($"only {visitors.Completed} clients have come and gone within {s_patience}");
    }
}
