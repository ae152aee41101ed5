namespace Stork.Bench.Reports;

/// <summary>The results with every sample, for programs that compare runs.</summary>
internal static class JsonReport
{
    public static object Render(RunDescription run, IReadOnlyList<ScenarioResult> results)
    {
        return new
        {
            run,
            scenarios = results.Select(result => new
            {
                result.Scenario.Name,
                result.Scenario.Title,
                headline = result.Scenario.Headline.ToString(),
                ceilingDrift = Rounded(result.CeilingDrift),
                peers = result.Peers.Select(peer => new
                {
                    peer.Name,
                    peer.Title,
                    ratio = Rounded(result.Ratio(peer)),
                    shareOfCeiling = Rounded(result.ShareOfCeiling(peer)),
                    curve = result.Curve(peer).Select(point => new { x = Rounded(point.X), y = Rounded(point.Y) }),
                    metrics = result.Metrics.Select(metric => new
                    {
                        metric.Name,
                        metric.Unit,
                        median = Rounded(result.Median(peer, metric)),
                        samples = result.Values(peer, metric).Select(static value => Rounded(value)),
                    }),
                }),
            }),
        };
    }

    // JSON has no word for what is not finite.
    private static double? Rounded(double? value) => value is { } number && double.IsFinite(number) ? Math.Round(number, 3) : null;
}
