using System.Globalization;
using System.Text;
using Stork.Bench.Measures;
using Stork.Bench.Peers;
using Stork.Messages.Bench.Peers;
using Stork.Messages.Bench.Scenarios;

namespace Stork.Messages.Bench.Reports;

/// <summary>The runner as a page and as data.</summary>
internal sealed class Report(Runner runner, CommandLine options, Cores cores, DateTimeOffset started, string disk)
{
    private const int BarWidth = 40;

    private IEnumerable<IGrouping<Scenario, Result>> Scenarios => runner.Results.GroupBy(static result => result.Scenario);

    public string Markdown()
    {
        var text = new StringBuilder();
        var title = options.Group == "inboxes" ? "Inboxes over sockets" : "Work queues side by side";
        text.Append(CultureInfo.InvariantCulture, $"# {title}, {started:yyyy-MM-dd}\n\n- {Platform.Machine}; data on {disk}\n");
        text.Append(
            CultureInfo.InvariantCulture,
            $"- Commit {Platform.Commit}, started {started:yyyy-MM-dd HH:mm:ss zzz}, took {runner.Elapsed.TotalMinutes:0.0} minutes\n");
        text.Append(
            CultureInfo.InvariantCulture,
            $"- Medians of {options.Rounds} round(s) (in brackets: lowest and highest) in which all took turns, each freshly started ");
        text.Append(
            CultureInfo.InvariantCulture,
            $"with nothing in it\n- Messages of about 200 bytes. At full speed, at most {Load.UnderWay:N0} are handed over and not yet ");
        text.Append("settled, with everybody; latencies are from hand-over to settlement where nothing else is said\n");
        text.Append("- \"synced\": what was acknowledged to its producer is on the disk. ");
        text.Append("The ratio is to the best synced system other than Stork\n");
        if (options.Scale != 1)
            text.Append(CultureInfo.InvariantCulture, $"- Only a look: messages and seconds were multiplied with {options.Scale}\n");
        foreach (var missing in runner.Missing) text.Append("- Not measured: ").Append(missing).Append('\n');
        foreach (var scenario in Scenarios) Append(text, scenario.Key, [.. scenario]);
        text.Append("\n## How each was used\n\n");
        foreach (var shape in runner.Results.Select(static o => (o.Peer.Name, o.Peer.Shape)).Distinct())
            text.Append("- **").Append(shape.Name).Append("**: ").Append(shape.Shape).Append('\n');
        return text.ToString();
    }

    /// <summary>Writes date-name.md and .json; returns the path without its ending.</summary>
    public string Write(string folder) => ReportFiles.Write(folder, started, options.Name, Markdown(), Data());

    private void Append(StringBuilder text, Scenario scenario, IReadOnlyList<Result> results)
    {
        var metrics = results.SelectMany(static result => result.Metrics).Distinct()
            .Where(metric => metric != scenario.Headline && !Metrics.IsBar(metric)).ToList();
        var reference = Reference(scenario, results);
        text.Append(CultureInfo.InvariantCulture, $"\n## {scenario.Title}\n\n");
        text.Append(scenario.IsPinned
            ? string.Create(CultureInfo.InvariantCulture, $"Servers on core {cores.Server}, clients on core {cores.Load}.\n\n")
            : "Servers and clients share both cores.\n\n");
        text.Append("| |").Append(Head(scenario.Headline)).Append(reference is null ? "" : " × best synced |");
        foreach (var metric in metrics) text.Append(Head(metric));
        text.Append(" synced |\n|---|---:|").Append(reference is null ? "" : "---:|");
        text.Insert(text.Length, "---:|", metrics.Count).Append("---|\n");
        foreach (var result in results) Append(text, result, metrics, reference);
        if (results.Any(static result => result.Metrics.Any(Metrics.IsBar))) AppendHistograms(text, results);
    }

    private static string Head(Metric metric) => $" {metric} |";

    private static void Append(StringBuilder text, Result result, List<Metric> metrics, double? reference)
    {
        if (!result.Counts)
        {
            text.Append(CultureInfo.InvariantCulture, $"| {result.Peer.Name} | failed: {result.Failure} |\n");
            return;
        }

        var headline = result.Scenario.Headline;
        var values = result.Values(headline);
        text.Append(CultureInfo.InvariantCulture, $"| {result.Peer.Name} | {Text(result.Median(headline), headline)}");
        if (values.Count > 1)
            text.Append(CultureInfo.InvariantCulture, $" ({Text(values.Min(), headline)} … {Text(values.Max(), headline)})");
        text.Append(" |");
        if (reference is not null) text.Append(CultureInfo.InvariantCulture, $" {result.Median(headline) / reference:0.00} |");
        foreach (var metric in metrics) text.Append(' ').Append(Text(result.Median(metric), metric)).Append(" |");
        text.Append(result.Peer.Synced ? " yes |\n" : " **no** |\n");
    }

    private static void AppendHistograms(StringBuilder text, IReadOnlyList<Result> results)
    {
        foreach (var result in results.Where(static result => result.Counts))
        {
            text.Append("\n```\n").Append(result.Peer.Name).Append('\n');
            foreach (var bar in result.Metrics.Where(Metrics.IsBar))
            {
                var share = result.Median(bar)!.Value;
                var stroke = new string('#', (int)Math.Round(share * BarWidth / 100));
                text.Append(CultureInfo.InvariantCulture, $"{bar.Name,10} {share,5:0.0} % {stroke}\n");
            }

            text.Append("```\n");
        }
    }

    /// <summary>The figure of the best synced system that is not of this repository.</summary>
    private static double? Reference(Scenario scenario, IEnumerable<Result> results)
    {
        var others = results.Where(static o => o.Counts && o.Peer.Synced
                && o.Peer is BrokerPeer { IsOther: true } or BullPeer or FrontedJobs or FrontedInboxes)
            .Select(o => o.Median(scenario.Headline)).OfType<double>().ToList();
        return others.Count == 0 ? null : scenario.Headline.LowerIsBetter ? others.Min() : others.Max();
    }

    private static string Text(double? value, Metric metric) => value?.ToString($"N{metric.Decimals}", CultureInfo.InvariantCulture) ?? "–";

    private object Data() =>
        new
        {
            started,
            seconds = Math.Round(runner.Elapsed.TotalSeconds),
            Platform.Machine,
            disk,
            Platform.Commit,
            options.Rounds,
            options.Scale,
            runner.Missing,
            scenarios = Scenarios.Select(static scenario => new
            {
                scenario.Key.Name,
                scenario.Key.Title,
                scenario.Key.IsPinned,
                peers = scenario.Select(static result => new
                {
                    result.Peer.Name,
                    result.Peer.Synced,
                    result.Peer.Shape,
                    result.Failure,
                    rounds = result.Rounds.Select(static round =>
                        round.Values.ToDictionary(static pair => pair.Key.ToString(), static pair => Math.Round(pair.Value, 3))),
                }),
            }),
        };
}
