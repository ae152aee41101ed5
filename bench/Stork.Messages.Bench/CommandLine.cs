using System.Globalization;
using Stork.Messages.Bench.Scenarios;

namespace Stork.Messages.Bench;

/// <summary>What to run, from the arguments.</summary>
internal sealed record CommandLine
{
    public const string Usage = """
        usage: Stork.Messages.Bench inboxes|workqueues [--quick] [--scenarios a,b] [--peers a,b] [--rounds n] [--scale n]
                                    [--bench folder] [--directory path] [--name name]

          --quick      one round, less of everything: an impression
          --scenarios   default: all of the group; --scenarios ? lists them
          --peers      only peers whose names contain one of these words
          --rounds     in which the peers take turns, default 3 (1 with --quick)
          --scale      multiplies messages and seconds, default 1 (0.3 with --quick)
          --bench      the folder with peers/ and results/, default: the current one
          --directory  where data goes, on the disk to be measured; default: below the temporary directory. It is emptied
          --name       the report is results/<date>-<name>.md and .json, default: the group (quick with --quick)
        """;

    public required string Group { get; init; }

    public required IReadOnlyList<Scenario> Scenarios { get; init; }

    public IReadOnlyList<string> Only { get; private init; } = [];

    public bool Quick { get; private init; }

    public int Rounds { get => field == 0 ? (Quick ? 1 : 3) : field; private init; }

    public double Scale { get => field == 0 ? (Quick ? 0.3 : 1) : field; private init; }

    public string BenchFolder { get; private init; } = Path.GetFullPath(".");

    public string Directory { get; private init; } = Path.Combine(Path.GetTempPath(), "stork-messages-bench");

    public string Name { get => field == "" ? (Quick ? Group + "-quick" : Group) : field; private init; } = "";

    public static CommandLine Parse(ReadOnlySpan<string> arguments)
    {
        if (arguments is not [var group, .. var rest] || !ScenarioCatalog.Groups.TryGetValue(group, out var scenarios))
            throw new BenchmarkException(Usage);
        var result = new CommandLine { Group = group, Scenarios = scenarios };
        while (rest is [var option, ..])
        {
            if (option == "--quick")
            {
                result = result with { Quick = true };
                rest = rest[1..];
                continue;
            }

            if (rest is not [_, var value, ..]) throw new BenchmarkException($"{option} is unknown or lacks its value\n{Usage}");
            result = option switch
            {
                "--scenarios" => result with { Scenarios = [.. value.Split(',').Select(name => Find(scenarios, name))] },
                "--peers" => result with { Only = value.Split(',') },
                "--rounds" => result with { Rounds = int.Parse(value, CultureInfo.InvariantCulture) },
                "--scale" => result with { Scale = double.Parse(value, CultureInfo.InvariantCulture) },
                "--bench" => result with { BenchFolder = Path.GetFullPath(value) },
                "--directory" => result with { Directory = Path.GetFullPath(value) },
                "--name" => result with { Name = value },
                _ => throw new BenchmarkException($"{option} is unknown\n{Usage}"),
            };
            rest = rest[2..];
        }

        return result;
    }

    public bool Includes(IPeer peer) => Only.Count == 0 || Only.Any(word => peer.Name.Contains(word, StringComparison.OrdinalIgnoreCase));

    private static Scenario Find(IReadOnlyList<Scenario> scenarios, string name) =>
        scenarios.FirstOrDefault(scenario => scenario.Name == name)
        ?? throw new BenchmarkException(
            $"There is no scenario {name}, only {string.Join(", ", scenarios.Select(static scenario => scenario.Name))}.");
}
