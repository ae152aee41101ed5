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
                peers = result.Peers.Select(peer => new
                {
                    peer.Name,
                    peer.Title,
                    ratio = Math.Round(result.Ratio(peer), 3),
                    metrics = result.Metrics.Select(metric => new
                    {
                        metric.Name,
                        metric.Unit,
                        median = Rounded(result.Median(peer, metric)),
                        samples = result.Values(peer, metric).Select(Rounded),
                    }),
                }),
            }),
        };
    }

    private static double Rounded(double value) => Math.Round(value, 3);
}
