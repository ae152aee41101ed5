using System.Text.Json;

namespace Stork.Bench.Reports;

/// <summary>The results with every sample, for programs that compare runs.</summary>
internal static class JsonReport
{
    private static readonly JsonSerializerOptions s_options = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static string Render(RunDescription run, IReadOnlyList<ScenarioResult> results)
    {
        var document = new
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
        return JsonSerializer.Serialize(document, s_options) + "\n";
    }

    private static double Rounded(double value) => Math.Round(value, 3);
}
