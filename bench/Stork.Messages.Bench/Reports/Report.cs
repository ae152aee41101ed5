using System.Globalization;
using System.Text;
using System.Text.Json;
using Stork.Bench.Measures;
using Stork.Bench.Peers;
using Stork.Messages.Bench.Contests;
using Stork.Messages.Bench.Fronted;
using Stork.Queues.Bench.Reports;

namespace Stork.Messages.Bench.Reports;

/// <summary>The tournament as a page and as data.</summary>
internal sealed class Report(Tournament tournament, Options options, Cores cores, DateTimeOffset started, string disk)
{
    private const int BarWidth = 40;

    private static readonly JsonSerializerOptions s_options = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private IEnumerable<IGrouping<Contest, Outcome>> Contests => tournament.Outcomes.GroupBy(static outcome => outcome.Contest);

    public string Markdown()
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"# {(options.Group == "inboxes" ? "Inboxes over sockets" : "Work queues side by side")}, {started:yyyy-MM-dd}\n\n");
        text.Append(CultureInfo.InvariantCulture, $"- {Platform.Machine}; data on {disk}\n- Commit {Platform.Commit}, started {started:yyyy-MM-dd HH:mm:ss zzz}, took ");
        text.Append(CultureInfo.InvariantCulture, $"{tournament.Elapsed.TotalMinutes:0.0} minutes\n- Medians of {options.Rounds} round(s) (in brackets: lowest and highest) in which all took turns, each freshly started ");
        text.Append(CultureInfo.InvariantCulture, $"with nothing in it\n- Messages of about 200 bytes. At full speed, at most {Load.UnderWay:N0} are handed over and not yet settled, with everybody; latencies are from hand-over to settlement where nothing else is said\n");
        text.Append("- \"synced\": what was acknowledged to its producer is on the disk. The ratio is to the best synced system other than Stork\n");
        if (options.Scale != 1) text.Append(CultureInfo.InvariantCulture, $"- Only a look: messages and seconds were multiplied with {options.Scale}\n");
        foreach (var missing in tournament.Missing) text.Append("- Not measured: ").Append(missing).Append('\n');
        foreach (var contest in Contests) Append(text, contest.Key, [.. contest]);
        text.Append("\n## How each was used\n\n");
        foreach (var shape in tournament.Outcomes.Select(static o => (o.Contender.Name, o.Contender.Shape)).Distinct())
            text.Append("- **").Append(shape.Name).Append("**: ").Append(shape.Shape).Append('\n');
        return text.ToString();
    }

    /// <summary>Writes date-name.md and .json; returns the path without its ending.</summary>
    public string Write(string folder)
    {
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{started:yyyy-MM-dd}-{options.Name}"));
        File.WriteAllText(path + ".md", Markdown());
        File.WriteAllText(path + ".json", Json() + "\n");
        return path;
    }

    private void Append(StringBuilder text, Contest contest, IReadOnlyList<Outcome> outcomes)
    {
        var metrics = outcomes.SelectMany(static outcome => outcome.Metrics).Distinct().Where(metric => metric != contest.Headline && !Figures.IsBar(metric)).ToList();
        var reference = Reference(contest, outcomes);
        text.Append(CultureInfo.InvariantCulture, $"\n## {contest.Title}\n\n");
        text.Append(contest.IsPinned
            ? string.Create(CultureInfo.InvariantCulture, $"Servers on core {cores.Server}, clients on core {cores.Load}.\n\n")
            : "Servers and clients share both cores.\n\n");
        text.Append("| |").Append(Head(contest.Headline)).Append(reference is null ? "" : " × best synced |");
        foreach (var metric in metrics) text.Append(Head(metric));
        text.Append(" synced |\n|---|---:|").Append(reference is null ? "" : "---:|").Insert(text.Length, "---:|", metrics.Count).Append("---|\n");
        foreach (var outcome in outcomes) Append(text, outcome, metrics, reference);
        if (outcomes.Any(static outcome => outcome.Metrics.Any(Figures.IsBar))) AppendHistograms(text, outcomes);
    }

    private static string Head(Metric metric) => $" {metric} |";

    private static void Append(StringBuilder text, Outcome outcome, List<Metric> metrics, double? reference)
    {
        if (!outcome.Counts)
        {
            text.Append(CultureInfo.InvariantCulture, $"| {outcome.Contender.Name} | failed: {outcome.Failure} |\n");
            return;
        }

        var headline = outcome.Contest.Headline;
        var values = outcome.Values(headline);
        text.Append(CultureInfo.InvariantCulture, $"| {outcome.Contender.Name} | {Text(outcome.Median(headline), headline)}");
        if (values.Count > 1) text.Append(CultureInfo.InvariantCulture, $" ({Text(values.Min(), headline)} … {Text(values.Max(), headline)})");
        text.Append(" |");
        if (reference is not null) text.Append(CultureInfo.InvariantCulture, $" {outcome.Median(headline) / reference:0.00} |");
        foreach (var metric in metrics) text.Append(' ').Append(Text(outcome.Median(metric), metric)).Append(" |");
        text.Append(outcome.Contender.Synced ? " yes |\n" : " **no** |\n");
    }

    private static void AppendHistograms(StringBuilder text, IReadOnlyList<Outcome> outcomes)
    {
        foreach (var outcome in outcomes.Where(static outcome => outcome.Counts))
        {
            text.Append("\n```\n").Append(outcome.Contender.Name).Append('\n');
            foreach (var bar in outcome.Metrics.Where(Figures.IsBar))
            {
                var share = outcome.Median(bar)!.Value;
                text.Append(CultureInfo.InvariantCulture, $"{bar.Name,10} {share,5:0.0} % {new string('#', (int)Math.Round(share * BarWidth / 100))}\n");
            }

            text.Append("```\n");
        }
    }

    /// <summary>The figure of the best synced system that is not of this repository.</summary>
    private static double? Reference(Contest contest, IEnumerable<Outcome> outcomes)
    {
        var others = outcomes.Where(static o => o.Counts && o.Contender.Synced && o.Contender is Brokers.BrokerContender { IsOther: true } or Brokers.BullContender or FrontedJobs)
            .Select(o => o.Median(contest.Headline)).OfType<double>().ToList();
        return others.Count == 0 ? null : contest.Headline.LowerIsBetter ? others.Min() : others.Max();
    }

    private static string Text(double? value, Metric metric) => value?.ToString($"N{metric.Decimals}", CultureInfo.InvariantCulture) ?? "–";

    private string Json() => JsonSerializer.Serialize(
        new
        {
            started,
            seconds = Math.Round(tournament.Elapsed.TotalSeconds),
            Platform.Machine,
            disk,
            Platform.Commit,
            options.Rounds,
            options.Scale,
            tournament.Missing,
            contests = Contests.Select(static contest => new
            {
                contest.Key.Name,
                contest.Key.Title,
                contest.Key.IsPinned,
                contenders = contest.Select(static outcome => new
                {
                    outcome.Contender.Name,
                    outcome.Contender.Synced,
                    outcome.Contender.Shape,
                    outcome.Failure,
                    rounds = outcome.Rounds.Select(static round => round.Values.ToDictionary(static pair => pair.Key.ToString(), static pair => Math.Round(pair.Value, 3))),
                }),
            }),
        },
        s_options);
}
