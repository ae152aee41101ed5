using System.Diagnostics;
using System.Globalization;
using Stork.Queues.Bench.Peers;

namespace Stork.Queues.Bench.Compare;

/// <summary>
/// All peers in all scenarios, in rounds in which they take turns (A B C, A B C), so that drift of the machine meets all of them.
/// Every measurement has a freshly started peer with nothing in it. What fails is reported and does not end the run.
/// </summary>
internal sealed class Comparison(CompareOptions options)
{
    /// <summary>The round that is not counted, as a part of the messages: afterwards this process is warm.</summary>
    private const double WarmUp = 0.2;
    private const int MaxRepeats = 3;
    private static readonly TimeSpan s_longEnough = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(90);

    private readonly List<Result> _results = [];
    private readonly List<string> _missing = [];
    private readonly Stopwatch _watch = Stopwatch.StartNew();
    private int _runs;

    public IReadOnlyList<Result> Results => _results;

    /// <summary>Peers that could not take part, each with what it lacks.</summary>
    public IReadOnlyList<string> Missing => _missing;

    public async Task RunAsync()
    {
        var present = new List<(Func<IQueuePeer> Create, IQueuePeer Peer)>();
        foreach (var create in options.Peers)
        {
            var peer = create();
            if (peer.Missing is null)
            {
                present.Add((create, peer));
                continue;
            }

            _missing.Add($"{peer.Name}: {peer.Missing}");
            Console.WriteLine("not measured: " + _missing[^1]);
        }

        foreach (var scenario in options.Scenarios)
        {
            var taking = present.Where(p => p.Peer.Takes(scenario.Workload));
            var results = taking.Select(p => (p.Create, Result: new Result(scenario, p.Peer))).ToList();
            _results.AddRange(results.Select(static entry => entry.Result));
            for (var round = 0; round <= options.Rounds; round++)
                foreach (var (create, result) in results) await RunOneAsync(create, result, round);
        }
    }

    private async Task RunOneAsync(Func<IQueuePeer> create, Result result, int round)
    {
        if (result.Failure is not null) return;
        var scenario = result.Scenario.Scaled(round == 0 ? options.Scale * WarmUp : options.Scale);
        try
        {
            var sample = await MeasureLongEnoughAsync(create, scenario);
            if (round > 0) result.Add(sample);
            var counted = round == 0 ? "warm-up" : "round " + round.ToString(CultureInfo.InvariantCulture);
            var at = string.Create(CultureInfo.InvariantCulture, $"{_watch.Elapsed.TotalSeconds,4:0} s");
            var figures = string.Create(
                CultureInfo.InvariantCulture, $"{sample.PerSecond,11:N0} /s {sample.MicrosecondsOfCpu,7:N1} µs CPU");
            Console.WriteLine($"{at}  {scenario.Name,-16} {counted,-8} {result.Peer.Name,-30} {figures}");
        }
#pragma warning disable CA1031 // Whatever goes wrong with one peer is a line in the report.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            result.Failure = failure.Message.Split('\n')[0];
            Console.WriteLine($"{scenario.Name,-16} {result.Peer.Name}: {failure.Message}");
        }
    }

    /// <summary>A fast peer is started again until it has worked for a while: the same work as all,
    /// but not one short moment of it.</summary>
    private async Task<Sample> MeasureLongEnoughAsync(Func<IQueuePeer> create, Scenario scenario)
    {
        var all = new List<Sample>();
        do all.Add(await MeasureAsync(create, scenario));
        while (all.Sum(static one => one.Seconds) < s_longEnough.TotalSeconds && all.Count < MaxRepeats);
        var seconds = all.Sum(static one => one.Seconds);
        return new Sample(scenario.Workload.Messages * all.Count / seconds, all.Average(static one => one.MicrosecondsOfCpu), seconds);
    }

    private async Task<Sample> MeasureAsync(Func<IQueuePeer> create, Scenario scenario)
    {
        var directory = Path.Combine(options.Directory, "run-" + _runs++.ToString(CultureInfo.InvariantCulture));
        try
        {
            var workload = scenario.Workload;
            await using var peer = create();
            await peer.StartAsync(directory, workload).WaitAsync(s_patience, TimeProvider.System);
            if (scenario.Cycles) await peer.PrepareCyclesAsync(workload).WaitAsync(s_patience, TimeProvider.System);
            GC.Collect();
            var cpu = peer.ProcessorTime;
            var watch = Stopwatch.StartNew();
            var work = scenario.Cycles ? peer.CycleAsync(workload) : Producer.RunAsync(peer, workload);
            await work.WaitAsync(s_patience, TimeProvider.System);
            var took = watch.Elapsed.TotalSeconds;
            var used = peer.ProcessorTime - cpu;
            return new Sample(workload.Messages / took, used.TotalMicroseconds / workload.Messages, took);
        }
        finally
        {
            if (Directory.Exists(directory)) Directory.Delete(directory, recursive: true);
        }
    }
}
