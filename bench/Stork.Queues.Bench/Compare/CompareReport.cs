using System.Globalization;
using System.Text;
using System.Text.Json;
using Stork.Queues.Bench.Peers;
using Stork.Queues.Bench.Reports;

namespace Stork.Queues.Bench.Compare;

/// <summary>The comparison as a page and as data.</summary>
internal sealed class CompareReport(Comparison comparison, CompareOptions options, DateTimeOffset started, TimeSpan took, string disk)
{
    private static readonly JsonSerializerOptions s_options = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private IEnumerable<IGrouping<Contest, Standing>> Contests => comparison.Standings.GroupBy(static standing => standing.Contest);

    private IEnumerable<IQueuePeer> Peers => comparison.Standings.Select(static standing => standing.Peer).DistinctBy(static peer => peer.Name);

    public string Markdown()
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"# Durable queues side by side, {started:yyyy-MM-dd}\n\n");
        text.Append(CultureInfo.InvariantCulture, $"- {Platform.Machine}; data on {disk}\n- Commit {Platform.Commit}, started {started:yyyy-MM-dd HH:mm:ss zzz}, took ");
        text.Append(CultureInfo.InvariantCulture, $"{took.TotalMinutes:0.0} minutes\n- {Workload.BodyBytes}-byte messages, {new Workload().Batch} a batch; client and server share the ");
        text.Append(CultureInfo.InvariantCulture, $"machine. Medians of {options.Rounds} round(s) (in brackets: lowest and highest) in which the peers took turns, each freshly started with nothing in it\n");
        text.Append("- \"synced\": an acknowledged message is on the disk. The ratio is to the fastest synced peer of Stork. CPU is producer, server and consumer together\n");
        if (options.Scale != 1) text.Append(CultureInfo.InvariantCulture, $"- Only a look: the messages were multiplied with {options.Scale}\n");
        foreach (var missing in comparison.Missing) text.Append("- Not measured: ").Append(missing).Append('\n');
        foreach (var contest in Contests) Append(text, contest.Key, [.. contest]);
        text.Append("\n## How each was used\n\n");
        foreach (var peer in Peers) text.Append("- **").Append(peer.Name).Append("**: ").Append(peer.Shape).Append('\n');
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

    private static void Append(StringBuilder text, Contest contest, IReadOnlyList<Standing> standings)
    {
        text.Append(CultureInfo.InvariantCulture, $"\n## {contest.Title}\n\n| peer | messages /s | × fastest synced peer | µs CPU /message | synced |\n|---|---:|---:|---:|---|\n");
        var reference = Reference(standings);
        foreach (var standing in standings)
        {
            if (!standing.Counts)
            {
                text.Append(CultureInfo.InvariantCulture, $"| {standing.Peer.Name} | failed: {standing.Failure} | | | |\n");
                continue;
            }

            var rates = standing.Rounds.Select(static round => round.PerSecond).ToArray();
            text.Append(CultureInfo.InvariantCulture, $"| {standing.Peer.Name} | {standing.PerSecond:N0} ");
            if (rates.Length > 1) text.Append(CultureInfo.InvariantCulture, $"({rates.Min():N0} … {rates.Max():N0}) ");
            text.Append(CultureInfo.InvariantCulture, $"| {standing.PerSecond / reference:0.00} | {standing.MicrosecondsOfCpu:0.0} | {(standing.Peer.Synced ? "yes" : "**no**")} |\n");
        }
    }

    /// <summary>The rate of the fastest synced peer that is not the store of this repository.</summary>
    private static double? Reference(IEnumerable<Standing> standings) =>
        standings.Where(static s => s.Counts && s.Peer.Synced && s.Peer is not StorkPeer).Max(static s => (double?)s.PerSecond);

    private string Json() => JsonSerializer.Serialize(
        new
        {
            started,
            seconds = Math.Round(took.TotalSeconds),
            Platform.Machine,
            disk,
            Platform.Commit,
            options.Rounds,
            options.Scale,
            comparison.Missing,
            peers = Peers.Select(static peer => new { peer.Name, peer.Synced, peer.Shape }),
            contests = Contests.Select(static contest => new
            {
                contest.Key.Name,
                contest.Key.Title,
                contest.Key.Workload,
                peers = contest.Select(standing => new
                {
                    standing.Peer.Name,
                    standing.Failure,
                    perSecond = standing.Counts ? Math.Round(standing.PerSecond) : (double?)null,
                    ratioToFastestSyncedPeer = standing.Counts ? Rounded(standing.PerSecond / Reference(contest)) : null,
                    microsecondsOfCpu = standing.Counts ? Rounded(standing.MicrosecondsOfCpu) : null,
                    rounds = standing.Rounds.Select(static round => new { perSecond = Math.Round(round.PerSecond), microsecondsOfCpu = Rounded(round.MicrosecondsOfCpu) }),
                }),
            }),
        },
        s_options);

    private static double? Rounded(double? value) => value is null ? null : Math.Round(value.Value, 3);
}
