using Stork.Bench.Reports.Charts;

namespace Stork.Bench.Reports;

/// <summary>The plots of a report: one for each scenario, and one with all.</summary>
internal static class ChartFiles
{
    public static string NameOfOverview(RunDescription run) => $"{ReportFiles.Stem(run.Started, run.Set)}.svg";

    public static string NameOf(RunDescription run, ScenarioResult result) =>
        $"{ReportFiles.Stem(run.Started, run.Set)}.{result.Scenario.Name}.svg";

    public static void Write(string folder, RunDescription run, IReadOnlyList<ScenarioResult> results)
    {
        Directory.CreateDirectory(folder);
        var panels = results.Select(ResultPanel.Of).ToList();
        Write(NameOfOverview(run), $"Load test, {run.Started:yyyy-MM-dd}", panels);
        foreach (var (result, panel) in results.Zip(panels))
            Write(NameOf(run, result), result.Scenario.Title, [panel]);

        void Write(string name, string title, IReadOnlyList<Panel> drawn) =>
            File.WriteAllText(Path.Combine(folder, name), Drawing.Of(title, drawn) + "\n");
    }
}
