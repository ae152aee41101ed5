using Stork.Bench.Load;
using Stork.Bench.Measures;
using Stork.Bench.Peers;

namespace Stork.Bench.Scenarios;

/// <summary>The same messages while something grows on the server: what one of them costs should stay what it was.</summary>
internal sealed class GrowthScenario(string name, string title, string growing, Func<IGrowingLoad> makeLoad) : IServerScenario
{
    public string Name => name;

    public string Title => title;

    public Metric Headline => Metric.CostGrowth;

    public Axes? Axes => new(growing, Metric.ServerCost, IsLogarithmic: true);

    public int MostRounds => 3;

    public Sample Run(ServerProcess server, Timing timing)
    {
        var load = makeLoad();
        using var loop = new LoadLoop(server.Port, load);
        var costs = new List<CurvePoint>();
        var disturbance = 0.0;
        foreach (var size in load.Sizes)
        {
            load.Grow(loop, size);
            // Code is warm after the first size; the others only have to fill caches and come to rest.
            loop.Press(costs.Count == 0 ? timing.WarmUp : timing.Measure);
            var (cost, others) = Measure(server, loop, load, timing.Measure);
            costs.Add(new CurvePoint(size, cost));
            disturbance = Math.Max(disturbance, others);
        }

        load.IsEnding = true;
        loop.Drain(() => load.Unanswered);
        return new Sample(
        [
            new(Metric.CostGrowth, costs[^1].Y / costs[0].Y),
            new(Metric.FirstCost, costs[0].Y),
            new(Metric.LastCost, costs[^1].Y),
            new(Metric.OthersShare, disturbance),
        ])
        {
            Curve = costs,
        };
    }

    private static (double Cost, double Others) Measure(ServerProcess server, LoadLoop loop, IGrowingLoad load, TimeSpan duration)
    {
        var answered = load.Answered;
        var before = CpuTimes.Read(server.Id, loop.Idle);
        loop.Press(duration);
        var values = CpuTimes.Read(server.Id, loop.Idle).Since(before, load.Answered - answered).ToDictionary();
        return load.Answered > answered
            ? (values[Metric.ServerCost], values[Metric.OthersShare])
            : throw new BenchmarkException("nothing was answered in the time that counts");
    }
}
