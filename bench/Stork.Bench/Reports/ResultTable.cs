using System.Text;
using Stork.Bench.Measures;
using Stork.Bench.Peers;

namespace Stork.Bench.Reports;

/// <summary>The tables of one scenario: a row for each server, and where it has lines, their points.</summary>
internal static class ResultTable
{
    public static void Append(StringBuilder text, ScenarioResult result)
    {
        var headline = result.Scenario.Headline;
        var others = result.Metrics.Where(metric => metric != headline).ToList();
        AppendRow(text, ["server", $"{headline}", $"× {result.Peers[0].Name}", "of the ceiling", .. others.Select(metric => $"{metric}")]);
        AppendRow(text, Enumerable.Repeat("---", others.Count + 4));
        foreach (var peer in result.Peers)
        {
            AppendRow(text,
            [
                peer.Title, Headline(result, peer), Ratio(result.Ratio(peer)), Share(result.ShareOfCeiling(peer)),
                .. others.Select(metric => Format(result.Median(peer, metric), metric)),
            ]);
        }

        foreach (var peer in result.Absent)
            AppendRow(text, [peer.Title, .. Enumerable.Repeat("–", others.Count + 3)]);
    }

    /// <summary>The points of the lines: a row for each X, a column for each server.</summary>
    public static void AppendCurves(StringBuilder text, ScenarioResult result, Axes axes)
    {
        var curves = result.Peers.Select(result.Curve).ToList();
        AppendRow(text, [axes.X, .. result.Peers.Select(peer => $"{peer.Name}, {axes.Y}")]);
        AppendRow(text, Enumerable.Repeat("---", result.Peers.Count + 1));
        foreach (var x in curves.SelectMany(curve => curve).Select(point => point.X).Distinct().Order())
            AppendRow(text, [$"{x:#,0.##}", .. curves.Select(curve => PointAt(curve, x, axes.Y))]);
    }

    private static string PointAt(IReadOnlyList<CurvePoint> curve, double x, Metric metric)
    {
        var points = curve.Where(point => point.X == x).ToList();
        return points is [var point] ? Format(point.Y, metric) : "–";
    }

    private static string Headline(ScenarioResult result, Peer peer)
    {
        var metric = result.Scenario.Headline;
        var values = result.Values(peer, metric);
        var median = Format(result.Median(peer, metric), metric);
        return values.Count == 1 ? median : $"{median} ({Format(values.Min(), metric)} … {Format(values.Max(), metric)})";
    }

    // Of a headline that may be nothing or less than nothing there is no ratio.
    private static string Ratio(double ratio) => double.IsFinite(ratio) && ratio >= 0 ? $"{ratio:0.00}" : "–";

    private static string Share(double? share) =>
        share is { } value && double.IsFinite(value) && value >= 0 ? $"{value * 100:0.#} %" : "–";

    private static string Format(double value, Metric metric) => value.ToString($"N{metric.Decimals}");

    private static void AppendRow(StringBuilder text, IEnumerable<string> cells) => text.Append($"| {string.Join(" | ", cells)} |\n");
}
