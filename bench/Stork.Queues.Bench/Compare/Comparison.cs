using System.Diagnostics;
using System.Globalization;
using Stork.Queues.Bench.Peers;

namespace Stork.Queues.Bench.Compare;

/// <summary>
/// All peers in all contests, in rounds in which they take turns (A B C, A B C), so that drift of the machine meets all of them. Every measurement has a
/// freshly started peer with nothing in it. What fails is reported and does not end the run.
/// </summary>
internal sealed class Comparison(CompareOptions options)
{
    /// <summary>The round that is not counted, as a part of the messages: afterwards this process is warm.</summary>
    private const double WarmUp = 0.2;
    private const int MaxRepeats = 3;
    private static readonly TimeSpan s_longEnough = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(90);

    private readonly List<Standing> _standings = [];
    private readonly List<string> _missing = [];
    private readonly Stopwatch _watch = Stopwatch.StartNew();
    private int _places;

    public IReadOnlyList<Standing> Standings => _standings;

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

        foreach (var contest in options.Contests)
        {
            var takers = present.Where(p => p.Peer.Takes(contest.Workload)).Select(p => (p.Create, Standing: new Standing(contest, p.Peer))).ToList();
            _standings.AddRange(takers.Select(static taker => taker.Standing));
            for (var round = 0; round <= options.Rounds; round++)
                foreach (var (create, standing) in takers) await TurnAsync(create, standing, round);
        }
    }

    private async Task TurnAsync(Func<IQueuePeer> create, Standing standing, int round)
    {
        if (standing.Failure is not null) return;
        var contest = standing.Contest.Scaled(round == 0 ? options.Scale * WarmUp : options.Scale);
        try
        {
            var result = await MeasureLongEnoughAsync(create, contest);
            if (round > 0) standing.Add(result);
            var counted = round == 0 ? "warm-up" : "round " + round.ToString(CultureInfo.InvariantCulture);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"{_watch.Elapsed.TotalSeconds,4:0} s  {contest.Name,-16} {counted,-8} {standing.Peer.Name,-30} {result.PerSecond,11:N0} /s {result.MicrosecondsOfCpu,7:N1} µs CPU"));
        }
#pragma warning disable CA1031 // Whatever goes wrong with one peer is a line in the report.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            standing.Failure = failure.Message.Split('\n')[0];
            Console.WriteLine($"{contest.Name,-16} {standing.Peer.Name}: {failure.Message}");
        }
    }

    /// <summary>A fast peer is started again until it has worked for a while: the same work as all, but not one short moment of it.</summary>
    private async Task<Measurement> MeasureLongEnoughAsync(Func<IQueuePeer> create, Contest contest)
    {
        var all = new List<Measurement>();
        do all.Add(await MeasureAsync(create, contest));
        while (all.Sum(static one => one.Seconds) < s_longEnough.TotalSeconds && all.Count < MaxRepeats);
        var seconds = all.Sum(static one => one.Seconds);
        return new Measurement(contest.Workload.Messages * all.Count / seconds, all.Average(static one => one.MicrosecondsOfCpu), seconds);
    }

    private async Task<Measurement> MeasureAsync(Func<IQueuePeer> create, Contest contest)
    {
        var place = Path.Combine(options.Directory, "run-" + _places++.ToString(CultureInfo.InvariantCulture));
        try
        {
            var workload = contest.Workload;
            await using var peer = create();
            await peer.StartAsync(place, workload).WaitAsync(s_patience, TimeProvider.System);
            if (contest.Cycles) await peer.PrepareCyclesAsync(workload).WaitAsync(s_patience, TimeProvider.System);
            GC.Collect();
            var cpu = peer.ProcessorTime;
            var watch = Stopwatch.StartNew();
            await (contest.Cycles ? peer.CycleAsync(workload) : Producer.RunAsync(peer, workload)).WaitAsync(s_patience, TimeProvider.System);
            var took = watch.Elapsed.TotalSeconds;
            var used = peer.ProcessorTime - cpu;
            return new Measurement(workload.Messages / took, used.TotalMicroseconds / workload.Messages, took);
        }
        finally
        {
            if (Directory.Exists(place)) Directory.Delete(place, recursive: true);
        }
    }
}
