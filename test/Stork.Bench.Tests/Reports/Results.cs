using Stork.Bench.Measures;
using Stork.Bench.Peers;
using Stork.Bench.Reports;
using Stork.Bench.Scenarios;

namespace Stork.Bench.Tests.Reports;

/// <summary>Results that nobody had to measure.</summary>
internal static class Results
{
    public static RunDescription Run { get; } = new(
        "try", DateTimeOffset.UnixEpoch, new MachineDescription("a processor", 2, 1024, "Linux", "cubic", ".NET", "v1", "0"), 0, 1, 1,
        Timing.Quick, []);

    public static ScenarioResult Of(Metric headline, params IEnumerable<(string Peer, double[] Rounds)> figures)
    {
        var all = figures.ToList();
        var result = new ScenarioResult(new MadeUpScenario(headline, null), [.. all.Select(static one => Peer(one.Peer))]);
        foreach (var (peer, (_, rounds)) in result.Peers.Zip(all))
            foreach (var value in rounds)
                result.Add(peer, new Sample([new(headline, value)]));
        return result;
    }

    public static ScenarioResult OfCurves(IEnumerable<CurvePoint[]> rounds)
    {
        var result = new ScenarioResult(new MadeUpScenario(Metric.RoundTrips, new Axes("time", Metric.RoundTrips)), [Peer("stork")]);
        foreach (var curve in rounds)
            result.Add(result.Peers[0], new Sample([new(Metric.RoundTrips, 1)]) { Curve = curve });
        return result;
    }

    private static Peer Peer(string name) => new(name, $"<{name} & \"friends\">", "", []);

    private sealed class MadeUpScenario(Metric headline, Axes? axes) : IScenario
    {
        public string Name => "made-up";

        public string Title => "Less < more & \"both\"";

        public Metric Headline => headline;

        public Axes? Axes => axes;

        public int MostRounds => 1;

        public Sample Run(ServerProcess server, Timing timing) => throw new NotSupportedException();
    }
}
