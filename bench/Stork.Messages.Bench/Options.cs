using System.Globalization;
using Stork.Bench;
using Stork.Messages.Bench.Contests;

namespace Stork.Messages.Bench;

/// <summary>What to run, from the arguments.</summary>
internal sealed record Options
{
    public const string Usage = """
        usage: Stork.Messages.Bench inboxes|workqueues [--quick] [--contests a,b] [--only a,b] [--rounds n] [--scale n]
                                    [--bench folder] [--directory path] [--name name]

          --quick      one round, less of everything: an impression
          --contests   default: all of the group; --contests ? lists them
          --only       only contenders whose names contain one of these words
          --rounds     in which the contenders take turns, default 3 (1 with --quick)
          --scale      multiplies messages and seconds, default 1 (0.3 with --quick)
          --bench      the folder with peers/ and results/, default: the current one
          --directory  where data goes, on the disk to be measured; default: below the temporary directory. It is emptied
          --name       the report is results/<date>-<name>.md and .json, default: the group (quick with --quick)
        """;

    public required string Group { get; init; }

    public required IReadOnlyList<Contest> Contests { get; init; }

    public IReadOnlyList<string> Only { get; private init; } = [];

    public bool Quick { get; private init; }

    public int Rounds { get => field == 0 ? (Quick ? 1 : 3) : field; private init; }

    public double Scale { get => field == 0 ? (Quick ? 0.3 : 1) : field; private init; }

    public string BenchFolder { get; private init; } = Path.GetFullPath(".");

    public string Directory { get; private init; } = Path.Combine(Path.GetTempPath(), "stork-messages-bench");

    public string Name { get => field == "" ? (Quick ? Group + "-quick" : Group) : field; private init; } = "";

    public static Options Parse(ReadOnlySpan<string> arguments)
    {
        if (arguments is not [var group, .. var rest] || !ContestCatalog.Groups.TryGetValue(group, out var contests)) throw new BenchmarkException(Usage);
        var result = new Options { Group = group, Contests = contests };
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
                "--contests" => result with { Contests = [.. value.Split(',').Select(name => Find(contests, name))] },
                "--only" => result with { Only = value.Split(',') },
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

    public bool Takes(IContender contender) => Only.Count == 0 || Only.Any(word => contender.Name.Contains(word, StringComparison.OrdinalIgnoreCase));

    private static Contest Find(IReadOnlyList<Contest> contests, string name) =>
        contests.FirstOrDefault(contest => contest.Name == name)
        ?? throw new BenchmarkException($"There is no contest {name}, only {string.Join(", ", contests.Select(static contest => contest.Name))}.");
}
