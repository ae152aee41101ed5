using System.Text;

namespace Stork.Bench.Reports;

/// <summary>The results as tables and plots for people; also what is printed at the end of a run.</summary>
internal static class MarkdownReport
{
    /// <summary>A ceiling that moves by more than this between rounds says that the machine was not the same for all.</summary>
    private const double MostDrift = 0.15;

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
        text.Append($"{run.Timing.WarmUp.TotalSeconds} s warm-up (connects three times that, 10,000 receivers and two servers twice), ");
        text.Append($"{run.Timing.Measure.TotalSeconds} s measured, ");
        text.Append($"{run.Timing.Settle.TotalSeconds} s of settling before memory is read\n");
        text.Append($"- A ratio (×), or a share of the ceiling, is that of one round; given is the median of all rounds\n");
        if (run.LeftOut.Count > 0)
            text.Append($"- Left out, because this machine could not have them: {string.Join(", ", run.LeftOut)}\n");
        text.Append($"\n![all scenarios]({ChartFiles.NameOfOverview(run)})\n");
        foreach (var result in results)
            Append(text, run, result);
        return text.ToString();
    }

    private static void Append(StringBuilder text, RunDescription run, ScenarioResult result)
    {
        text.Append($"\n## {result.Scenario.Title}\n\n");
        ResultTable.Append(text, result);
        text.Append($"\nRounds: {result.Rounds}; {(result.Scenario.Headline.LowerIsBetter ? "lower" : "higher")} is better.\n");
        if (result.CeilingDrift > MostDrift)
        {
            text.Append($"\n**The ceiling moved by {result.CeilingDrift * 100:0} % between the rounds**: ");
            text.Append("the machine was not the same for all. Believe the ratios rather than the figures, or better another run.\n");
        }

        text.Append($"\n![{result.Scenario.Name}]({ChartFiles.NameOf(run, result)})\n");
        if (result.Scenario.Axes is not { } axes)
            return;
        text.Append('\n');
        ResultTable.AppendCurves(text, result, axes);
    }
}
