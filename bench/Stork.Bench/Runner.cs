using Stork.Bench.Measures;
using Stork.Bench.Peers;
using Stork.Bench.Reports;
using Stork.Bench.Scenarios;

namespace Stork.Bench;

/// <summary>Runs every scenario against every server, the servers taking turns, so that noise of the machine meets all of them.</summary>
internal sealed class Runner(CommandLine command, PeerCatalog catalog, Cores cores)
{
    /// <summary>A run during which other programs used more of a core than this, in percent, is done again ...</summary>
    private const double MostDisturbance = 10;

    /// <summary>... but so often at most; then the least disturbed one counts, and the report shows by how much.</summary>
    private const int MostAttempts = 4;

    private readonly IReadOnlyList<Peer> _peers = catalog.Choose(command.Peers, command.Without);

    private bool _isLoadSideWarm;

    public IReadOnlyList<ScenarioResult> Run() =>
        [.. command.Scenarios.Where(scenario => _peers.Any(peer => peer.Serves(scenario.Name))).Select(Run)];

    private ScenarioResult Run(IScenario scenario)
    {
        Console.WriteLine(scenario.Title);
        if (scenario.NeedsWarmLoadSide)
            WarmLoadSide();
        var result = new ScenarioResult(scenario, _peers);
        var rounds = Math.Min(command.Rounds, scenario.MostRounds);
        for (var round = 1; round <= rounds; round++)
        {
            foreach (var peer in result.Peers)
            {
                Console.Write($"  round {round}, {peer.Name}: ");
                result.Add(peer, RunUndisturbed(scenario, peer));
            }
        }

        return result;
    }

    private Sample RunUndisturbed(IScenario scenario, Peer peer)
    {
        var attempts = new List<Sample>();
        while (true)
        {
            var sample = Run(scenario, peer);
            Console.WriteLine(Summary(sample));
            attempts.Add(sample);
            if (Disturbance(sample) <= MostDisturbance || attempts.Count == MostAttempts)
                return attempts.MinBy(Disturbance)!;
            Console.Write("    disturbed by other programs, once more: ");
        }
    }

    private static double Disturbance(Sample sample) => sample.Values.GetValueOrDefault(Metric.OthersShare);

    private Sample Run(IScenario scenario, Peer peer) => scenario switch
    {
        IServerScenario one => Run(one, peer),
        IClusterScenario several => Run(several, peer),
        _ => throw new InvalidOperationException($"{scenario.Name} is neither for one server nor for several"),
    };

    private Sample Run(IClusterScenario scenario, Peer peer)
    {
        using var cluster = ServerCluster.Start(peer, catalog.FolderOf(peer), cores.Server);
        try
        {
            return scenario.Run(cluster, command.Timing);
        }
        catch (BenchmarkException failure)
        {
            throw new BenchmarkException($"{scenario.Name} with {peer.Name} failed: {failure.Message}\n{cluster.LastLines()}");
        }
    }

    private Sample Run(IServerScenario scenario, Peer peer)
    {
        using var server = Start(peer, scenario.Room);
        try
        {
            return scenario.Run(server, command.Timing);
        }
        catch (BenchmarkException failure)
        {
            throw new BenchmarkException($"{scenario.Name} with {peer.Name} failed: {failure.Message}\n{server.LastLines()}");
        }
    }

    private ServerProcess Start(Peer peer, ServerRoom room)
    {
        var variables = new Dictionary<string, string>(peer.Environment ?? new Dictionary<string, string>());
        foreach (var (name, value) in room.Environment())
            variables[name] = value;
        var serverCores = room.IsShared() ? cores.All.Take(command.ServerCores) : [cores.Server];
        return ServerProcess.Start(peer with { Environment = variables }, catalog.FolderOf(peer), serverCores);
    }

    // The load side is compiled while it runs, as others are; once is enough, and what it gave is not counted.
    private void WarmLoadSide()
    {
        if (_isLoadSideWarm)
            return;
        _isLoadSideWarm = true;
        Console.WriteLine("  the load side warms up");
        using var server = Start(catalog.Find(Peer.Ceiling), ServerRoom.OneCore);
        new EchoScenario("warm-up", connections: 50, inFlight: 32).Run(server, Timing.Quick);
    }

    private static string Summary(Sample sample) => string.Join(", ", sample.Values.Select(
        pair => $"{pair.Key.Name} {pair.Value.ToString($"N{pair.Key.Decimals}")} {pair.Key.Unit}"));
}
