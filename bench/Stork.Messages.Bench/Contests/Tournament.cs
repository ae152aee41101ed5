using System.Diagnostics;
using System.Globalization;
using Stork.Bench.Measures;
using Stork.Bench.Peers;
using Stork.Queues.Bench.Peers.Services;

namespace Stork.Messages.Bench.Contests;

/// <summary>
/// All contests in rounds in which the contenders take turns (A B C, A B C), so that drift of the machine meets all of them. What fails is reported and does
/// not end the run.
/// </summary>
internal sealed class Tournament(Options options, Cores cores)
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(3);

    private readonly List<Outcome> _outcomes = [];
    private readonly List<string> _missing = [];
    private readonly Stopwatch _watch = Stopwatch.StartNew();
    private int _places;

    public IReadOnlyList<Outcome> Outcomes => _outcomes;

    /// <summary>Who could not take part, each with what it lacks.</summary>
    public IReadOnlyList<string> Missing => _missing;

    public TimeSpan Elapsed => _watch.Elapsed;

    public async Task RunAsync()
    {
        foreach (var contest in options.Contests)
        {
            var takers = contest.Contenders.Where(taker => options.Takes(taker) && IsHere(taker)).Select(taker => new Outcome(contest, taker)).ToList();
            _outcomes.AddRange(takers);
            SetCores(contest.IsPinned);
            for (var round = 1; round <= options.Rounds; round++)
                foreach (var taker in takers) await TurnAsync(taker, round);
        }
    }

    private bool IsHere(IContender contender)
    {
        if (contender.Missing is not { } missing) return true;
        var line = $"{contender.Name}: {missing}";
        if (!_missing.Contains(line)) _missing.Add(line);
        return false;
    }

    private void SetCores(bool isPinned)
    {
        if (isPinned) cores.PinLoad();
        else cores.Unpin();
        ServiceProcess.Core = isPinned ? cores.Server : null;
    }

    private async Task TurnAsync(Outcome outcome, int round)
    {
        if (outcome.Failure is not null) return;
        var directory = Path.Combine(options.Directory, "run-" + _places++.ToString(CultureInfo.InvariantCulture));
        Console.Write(string.Create(CultureInfo.InvariantCulture, $"{_watch.Elapsed.TotalSeconds,4:0} s  {outcome.Contest.Name}, round {round}, {outcome.Contender.Name}: "));
        try
        {
            Directory.CreateDirectory(directory);
            GC.Collect();
            var sample = await outcome.Contender.RunAsync(new Place(cores, options.BenchFolder, directory, options.Scale)).WaitAsync(s_patience, TimeProvider.System);
            outcome.Add(sample);
            Console.WriteLine(string.Join(", ", sample.Values.Select(Text)));
        }
#pragma warning disable CA1031 // Whatever goes wrong with one contender is a line in the report.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            outcome.Failure = failure.Message.Split('\n')[0];
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
