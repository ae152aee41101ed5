using Stork.Bench.Measures;
using Stork.Bench.Peers;

namespace Stork.Bench.Reports.Charts;

/// <summary>The plot of a scenario: its lines where it has some, else bars of its headline.</summary>
internal static class ResultPanel
{
    private const string CeilingColor = "#9aa4af";

    private static readonly string[] s_colors = ["#2da44e", "#d4842a", "#a371f7", "#2f81f7", "#e5534b", "#1b9aaa", "#c2569b", "#8a8f2a"];

    public static Panel Of(ScenarioResult result) => result.Scenario.Axes is { } axes ? Lines(result, axes) : Bars(result);

    private static LinePanel Lines(ScenarioResult result, Axes axes) => new(
        result.Scenario.Title,
        Caption(axes.Y),
        axes.X,
        axes.IsLogarithmic,
        [.. result.Peers.Select((peer, index) => new Series(peer.Name, ColorOf(peer, index), result.Curve(peer)))]);

    private static BarPanel Bars(ScenarioResult result)
    {
        var headline = result.Scenario.Headline;
        return new BarPanel(result.Scenario.Title, Caption(headline), [.. result.Peers.Select(ToBar)]);

        Bar ToBar(Peer peer, int index)
        {
            var values = result.Values(peer, headline);
            var median = result.Median(peer, headline);
            return new Bar(peer.Name, ColorOf(peer, index), median, values.Min(), values.Max(), median.ToString($"N{headline.Decimals}"));
        }
    }

    private static string Caption(Metric metric) => $"{metric}, {(metric.LowerIsBetter ? "lower" : "higher")} is better";

    private static string ColorOf(Peer peer, int index) => peer.Name == Peer.Ceiling ? CeilingColor : s_colors[index % s_colors.Length];
}
