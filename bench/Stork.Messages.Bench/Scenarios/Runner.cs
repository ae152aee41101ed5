using System.Diagnostics;
using System.Globalization;
using Stork.Bench.Measures;
using Stork.Bench.Peers;
using Stork.Queues.Bench.Peers.Services;

namespace Stork.Messages.Bench.Scenarios;

/// <summary>
/// All scenarios in rounds in which the peers take turns (A B C, A B C), so that drift of the machine meets all of them.
/// What fails is reported and does not end the run.
/// </summary>
internal sealed class Runner(CommandLine options, Cores cores)
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(3);

    private readonly List<Result> _results = [];
    private readonly List<string> _missing = [];
    private readonly Stopwatch _watch = Stopwatch.StartNew();
    private int _runs;

    public IReadOnlyList<Result> Results => _results;

    /// <summary>Who could not take part, each with what it lacks.</summary>
    public IReadOnlyList<string> Missing => _missing;

    public TimeSpan Elapsed => _watch.Elapsed;

    public async Task RunAsync()
    {
        foreach (var scenario in options.Scenarios)
        {
            var peers = scenario.Peers.Where(peer => options.Includes(peer) && IsHere(peer));
            var results = peers.Select(peer => new Result(scenario, peer)).ToList();
            _results.AddRange(results);
            SetCores(scenario.IsPinned);
            for (var round = 1; round <= options.Rounds; round++)
                foreach (var peer in results) await RunOneAsync(peer, round);
        }
    }

    private bool IsHere(IPeer peer)
    {
        if (peer.Missing is not { } missing) return true;
        var line = $"{peer.Name}: {missing}";
        if (!_missing.Contains(line)) _missing.Add(line);
        return false;
    }

    private void SetCores(bool isPinned)
    {
        if (isPinned) cores.PinLoad();
        else cores.Unpin();
        ServiceProcess.Core = isPinned ? cores.Server : null;
    }

    private async Task RunOneAsync(Result result, int round)
    {
        if (result.Failure is not null) return;
        var directory = Path.Combine(options.Directory, "run-" + _runs++.ToString(CultureInfo.InvariantCulture));
        Console.Write(string.Create(
            CultureInfo.InvariantCulture,
            $"{_watch.Elapsed.TotalSeconds,4:0} s  {result.Scenario.Name}, round {round}, {result.Peer.Name}: "));
        try
        {
            Directory.CreateDirectory(directory);
            GC.Collect();
            var context = new RunContext(cores, options.BenchFolder, directory, options.Scale);
            var sample = await result.Peer.RunAsync(context).WaitAsync(s_patience, TimeProvider.System);
            result.Add(sample);
            Console.WriteLine(string.Join(", ", sample.Values.Select(Text)));
        }
#pragma warning disable CA1031 // Whatever goes wrong with one peer is a line in the report.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            result.Failure = failure.Message.Split('\n')[0];
            Console.WriteLine(failure);
        }
        finally
        {
            if (Directory.Exists(directory)) Directory.Delete(directory, recursive: true);
        }
    }

    private static string Text(KeyValuePair<Metric, double> figure) =>
        $"{figure.Key.Name} {figure.Value.ToString($"N{figure.Key.Decimals}", CultureInfo.InvariantCulture)} {figure.Key.Unit}";
}
