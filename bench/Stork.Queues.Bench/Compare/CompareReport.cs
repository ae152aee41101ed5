using System.Globalization;
using System.Text;
using Stork.Queues.Bench.Peers;

namespace Stork.Queues.Bench.Compare;

/// <summary>The comparison as a page and as data.</summary>
internal sealed class CompareReport(Comparison comparison, CompareOptions options, DateTimeOffset started, TimeSpan took, string disk)
{
    private IEnumerable<IGrouping<Scenario, Result>> Scenarios => comparison.Results.GroupBy(static result => result.Scenario);

    private IEnumerable<IQueuePeer> Peers => comparison.Results.Select(static result => result.Peer).DistinctBy(static peer => peer.Name);

    public string Markdown()
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"# Durable queues side by side, {started:yyyy-MM-dd}\n\n");
        text.Append(CultureInfo.InvariantCulture, $"- {Platform.Machine}; data on {disk}\n");
        text.Append(
            CultureInfo.InvariantCulture,
            $"- Commit {Platform.Commit}, started {started:yyyy-MM-dd HH:mm:ss zzz}, took {took.TotalMinutes:0.0} minutes\n");
        text.Append(
            CultureInfo.InvariantCulture,
            $"- {Workload.BodyBytes}-byte messages, {new Workload().Batch} a batch; client and server share the machine. ");
        text.Append(
            CultureInfo.InvariantCulture,
            $"Medians of {options.Rounds} round(s) (in brackets: lowest and highest) in which the peers took turns, ");
        text.Append("each freshly started with nothing in it\n");
        text.Append("- \"synced\": an acknowledged message is on the disk. The ratio is to the fastest synced peer of Stork. ");
        text.Append("CPU is producer, server and consumer together\n");
        if (options.Scale != 1)
            text.Append(CultureInfo.InvariantCulture, $"- Only a look: the messages were multiplied with {options.Scale}\n");
        foreach (var missing in comparison.Missing) text.Append("- Not measured: ").Append(missing).Append('\n');
        foreach (var scenario in Scenarios) Append(text, scenario.Key, [.. scenario]);
        text.Append("\n## How each was used\n\n");
        foreach (var peer in Peers) text.Append("- **").Append(peer.Name).Append("**: ").Append(peer.Shape).Append('\n');
        return text.ToString();
    }

    /// <summary>Writes date-name.md and .json; returns the path without its ending.</summary>
    public string Write(string folder) => ReportFiles.Write(folder, started, options.Name, Markdown(), Data());

    private static void Append(StringBuilder text, Scenario scenario, IReadOnlyList<Result> results)
    {
        text.Append(CultureInfo.InvariantCulture, $"\n## {scenario.Title}\n\n");
        text.Append("| peer | messages /s | × fastest synced peer | µs CPU /message | synced |\n|---|---:|---:|---:|---|\n");
        var reference = Reference(results);
        foreach (var result in results)
        {
            if (!result.Counts)
            {
                text.Append(CultureInfo.InvariantCulture, $"| {result.Peer.Name} | failed: {result.Failure} | | | |\n");
                continue;
            }

            var rates = result.Rounds.Select(static round => round.PerSecond).ToArray();
            text.Append(CultureInfo.InvariantCulture, $"| {result.Peer.Name} | {result.PerSecond:N0} ");
            if (rates.Length > 1) text.Append(CultureInfo.InvariantCulture, $"({rates.Min():N0} … {rates.Max():N0}) ");
            text.Append(
                CultureInfo.InvariantCulture,
                $"| {result.PerSecond / reference:0.00} | {result.MicrosecondsOfCpu:0.0} | {(result.Peer.Synced ? "yes" : "**no**")} |\n");
        }
    }

    /// <summary>The rate of the fastest synced peer that is not the store of this repository.</summary>
    private static double? Reference(IEnumerable<Result> results) =>
        results.Where(static s => s.Counts && s.Peer.Synced && s.Peer is not StorkPeer).Max(static s => (double?)s.PerSecond);

    private object Data() =>
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
            scenarios = Scenarios.Select(static scenario => new
            {
                scenario.Key.Name,
                scenario.Key.Title,
                scenario.Key.Workload,
                peers = scenario.Select(result => new
                {
                    result.Peer.Name,
                    result.Failure,
                    perSecond = result.Counts ? Math.Round(result.PerSecond) : (double?)null,
                    ratioToFastestSyncedPeer = result.Counts ? Rounded(result.PerSecond / Reference(scenario)) : null,
                    microsecondsOfCpu = result.Counts ? Rounded(result.MicrosecondsOfCpu) : null,
                    rounds = result.Rounds.Select(static round =>
                        new { perSecond = Math.Round(round.PerSecond), microsecondsOfCpu = Rounded(round.MicrosecondsOfCpu) }),
                }),
            }),
        };

    private static double? Rounded(double? value) => value is null ? null : Math.Round(value.Value, 3);
}
