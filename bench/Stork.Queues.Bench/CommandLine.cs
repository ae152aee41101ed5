using System.Globalization;
using Stork.Queues.Bench.Peers;
using Stork.Queues.Bench.Scenarios;

namespace Stork.Queues.Bench;

/// <summary>What to run, from the arguments.</summary>
internal sealed record CommandLine
{
    public const string Usage = """
        usage: Stork.Queues.Bench [--scenarios a,b] [--peers a,b] [--scale n] [--directory path] [--results path] [--name name]

          --scenarios  default: all; --scenarios ? lists them
          --peers      default: stork,sqlite; the first is what the others are compared with
          --scale      multiplies messages and inboxes; default 1
          --directory  where the data goes, on the disk to be measured; default: below the temporary directory
          --results    where the report goes; default: none is written
          --name       the report is <date>-<name>.md and .json; default: stork-queues
        """;

    public IReadOnlyList<IScenario> Scenarios { get; private init; } = ScenarioCatalog.All;

    public IReadOnlyList<Func<IQueuePeer>> Peers { get; private init; } = [.. Find("stork,sqlite")];

    public double Scale { get; private init; } = 1;

    public string Directory { get; private init; } = Path.Combine(Path.GetTempPath(), "stork-queues-bench");

    public string? Results { get; private init; }

    public string Name { get; private init; } = "stork-queues";

    public static CommandLine Parse(ReadOnlySpan<string> arguments)
    {
        var result = new CommandLine();
        while (arguments is [var option, var value, .. var rest])
        {
            result = option switch
            {
                "--scenarios" => result with { Scenarios = [.. value.Split(',').Select(FindScenario)] },
                "--peers" => result with { Peers = [.. Find(value)] },
                "--scale" => result with { Scale = double.Parse(value, CultureInfo.InvariantCulture) },
                "--directory" => result with { Directory = value },
                "--results" => result with { Results = value },
                "--name" => result with { Name = value },
                _ => throw new ArgumentException($"{option} is unknown\n{Usage}"),
            };
            arguments = rest;
        }

        return arguments.IsEmpty ? result : throw new ArgumentException($"{arguments[0]} lacks its value\n{Usage}");
    }

    private static IScenario FindScenario(string name) =>
        ScenarioCatalog.All.FirstOrDefault(s => s.Name == name)
        ?? throw new ArgumentException(
            $"There is no scenario {name}, only {string.Join(", ", ScenarioCatalog.All.Select(static s => s.Name))}.");

    private static IEnumerable<Func<IQueuePeer>> Find(string names) =>
        names.Split(',').Select(static name => PeerCatalog.All.TryGetValue(name, out var create)
            ? create
            : throw new ArgumentException($"There is no peer {name}, only {string.Join(", ", PeerCatalog.All.Keys)}."));
}
