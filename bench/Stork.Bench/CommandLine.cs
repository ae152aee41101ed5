using Stork.Bench.Scenarios;

namespace Stork.Bench;

/// <summary>What to run, from the arguments.</summary>
internal sealed record CommandLine
{
    public const string Usage = """
        usage: Stork.Bench [--quick] [--scenarios a,b] [--peers a,b] [--rounds n] [--without a,b] [--bench folder]
                           [--name name] [--warm-up seconds] [--measure seconds] [--server-cores n]
               Stork.Bench ceiling <port>

          --quick      three short rounds: an impression
          --scenarios  names from the README, which has a table of them; default: all but those marked there;
                       "cluster" stands for those of several servers, which need redis-server
          --peers      names from peers/peers.json; the first is what the others are compared with; default: all
          --without    peers that this machine cannot have: named in the report and left out
          --rounds     rounds for each server, default 5 (3 with --quick)
          --warm-up    load that is not counted, default 5 s (4 with --quick)
          --measure    load that is counted, default 3 s (2 with --quick)
          --server-cores  cores for the server in the scenarios that give it more than one, default: all there are
          --bench      the folder with peers/ and results/, default: the current one
          --name       the report is results/<date>-<name>.md and .json, default: standard (quick with --quick)
        """;

    private const int MostRounds = 100;
    private const int MostSeconds = 600;

    private TimeSpan? _warmUp;
    private TimeSpan? _measure;

    public bool Quick { get; private init; }

    public IReadOnlyList<IScenario> Scenarios { get; private init; } = ScenarioCatalog.Standard;

    /// <summary>Empty: all there are.</summary>
    public IReadOnlyList<string> Peers { get; private init; } = [];

    public IReadOnlyList<string> Without { get; private init; } = [];

    public int Rounds { get => field == 0 ? (Quick ? 3 : 5) : field; private init; }

    /// <summary>Cores for the server where a scenario gives it more than one.</summary>
    public int ServerCores { get; private init; } = int.MaxValue;

    public string BenchFolder { get; private init; } = ".";

    public string Name { get => field == "" ? (Quick ? "quick" : "standard") : field; private init; } = "";

    public Timing Timing
    {
        get
        {
            var usual = Quick ? Timing.Quick : Timing.Standard;
            return usual with { WarmUp = _warmUp ?? usual.WarmUp, Measure = _measure ?? usual.Measure };
        }
    }

    public static CommandLine Parse(ReadOnlySpan<string> arguments)
    {
        var result = new CommandLine();
        while (arguments is [var option, .. var rest])
        {
            if (option == "--quick")
            {
                result = result with { Quick = true };
                arguments = rest;
                continue;
            }

            if (rest is not [var value, .. var remaining])
                throw new BenchmarkException($"{option} is unknown or lacks its value\n{Usage}");
            result = option switch
            {
                "--scenarios" => result with { Scenarios = [.. value.Split(',').SelectMany(ScenarioCatalog.FindAll)] },
                "--peers" => result with { Peers = value.Split(',') },
                "--without" => result with { Without = value.Split(',', StringSplitOptions.RemoveEmptyEntries) },
                "--rounds" when int.TryParse(value, out var rounds) && rounds is >= 1 and <= MostRounds => result with { Rounds = rounds },
                "--server-cores" when int.TryParse(value, out var cores) && cores >= 1 => result with { ServerCores = cores },
                "--warm-up" => result with { _warmUp = Seconds(value) },
                "--measure" => result with { _measure = Seconds(value) },
                "--bench" => result with { BenchFolder = value },
                "--name" => result with { Name = value },
                _ => throw new BenchmarkException($"{option} {value} is not understood\n{Usage}"),
            };
            arguments = remaining;
        }

        return result;
    }

    private static TimeSpan Seconds(string value) => int.TryParse(value, out var seconds) && seconds is >= 1 and <= MostSeconds
        ? TimeSpan.FromSeconds(seconds)
        : throw new BenchmarkException($"{value} is no number of seconds from 1 to {MostSeconds}");
}
