using System.Text;
using Stork.Bench.Measures;

namespace Stork.Bench.Reports;

/// <summary>The results as tables for people; also what is printed at the end of a run.</summary>
internal static class MarkdownReport
{
    public static string Render(RunDescription run, IReadOnlyList<ScenarioResult> results)
    {
        var text = new StringBuilder();
        var machine = run.Machine;
        text.Append($"# Load test, {run.Started:yyyy-MM-dd} ({run.Set})\n\n");
        text.Append($"- {machine.Processor}, {machine.Cores} cores, {machine.MemoryMiB} MiB; {machine.Kernel}\n");
        text.Append($"- Server on core {run.ServerCore}, load on core {run.LoadCore}; ");
        text.Append($"TCP over loopback, congestion control {machine.CongestionControl}\n");
        text.Append($"- {machine.DotNet}; Node.js {machine.Node}\n");
        text.Append($"- Commit {machine.Commit}, started {run.Started:yyyy-MM-dd HH:mm:ss zzz}\n");
        text.Append($"- Medians of the rounds (in brackets: lowest and highest) in which the servers took turns, each freshly started; ");
        text.Append($"{run.Timing.WarmUp.TotalSeconds} s warm-up, {run.Timing.Measure.TotalSeconds} s measured, ");
        text.Append($"{run.Timing.Settle.TotalSeconds} s of settling before memory is read\n");
        if (run.LeftOut.Count > 0)
            text.Append($"- Left out, because this machine could not have them: {string.Join(", ", run.LeftOut)}\n");
        foreach (var result in results)
            Append(text, result);
        return text.ToString();
    }

    private static void Append(StringBuilder text, ScenarioResult result)
    {
        var headline = result.Scenario.Headline;
        var others = result.Metrics.Where(metric => metric != headline).ToList();

        text.Append($"\n## {result.Scenario.Title}\n\n");
        text.Append($"| server | {headline} | × {result.Peers[0].Name} |");
        others.ForEach(metric => text.Append($" {metric} |"));
        text.Append("\n|---|---|---|").Insert(text.Length, "---|", others.Count).Append('\n');
        foreach (var peer in result.Peers)
        {
            var values = result.Values(peer, headline);
            text.Append($"| {peer.Title} | {Format(result.Median(peer, headline), headline)}");
            if (values.Count > 1)
                text.Append($" ({Format(values.Min(), headline)} … {Format(values.Max(), headline)})");
            text.Append($" | {result.Ratio(peer):0.00} |");
            others.ForEach(metric => text.Append($" {Format(result.Median(peer, metric), metric)} |"));
            text.Append('\n');
        }

        foreach (var peer in result.Absent)
            text.Append($"| {peer.Title} |").Insert(text.Length, " – |", others.Count + 2).Append('\n');

        text.Append($"\nRounds: {result.Rounds}; {(headline.LowerIsBetter ? "lower" : "higher")} is better.\n");
    }

    private static string Format(double value, Metric metric) => value.ToString($"N{metric.Decimals}");
}
