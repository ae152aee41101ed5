using System.Globalization;
using Stork.Queues.Bench.Peers;

namespace Stork.Queues.Bench.Compare;

/// <summary>What to compare, from the arguments.</summary>
internal sealed record CompareOptions
{
    public const string Usage = """
        usage: Stork.Queues.Bench compare [--scenarios a,b] [--peers a,b] [--rounds n] [--scale n] [--directory path]
            [--results path] [--name name]

          --scenarios   default: enqueue-work,enqueue-inboxes,cycles-work,cycles-inboxes
          --peers      default: all; those that are not on this machine are named and left out
          --rounds     in which the peers take turns; default 3, and one before that is not counted
          --scale      multiplies the messages; default 1
          --directory  where the data goes, on the disk to be measured; default: below the temporary directory. It is emptied
          --results    where the report goes; default: none is written
          --name       the report is <date>-<name>.md and .json; default: queues
        """;

    public IReadOnlyList<Scenario> Scenarios { get; private init; } = Scenario.All;

    public IReadOnlyList<Func<IQueuePeer>> Peers { get; private init; } = [.. PeerCatalog.All.Values];

    public int Rounds { get; private init; } = 3;

    public double Scale { get; private init; } = 1;

    public string Directory { get; private init; } = Path.Combine(Path.GetTempPath(), "stork-queues-compare");

    public string? Results { get; private init; }

    public string Name { get; private init; } = "queues";

    public static CompareOptions Parse(ReadOnlySpan<string> arguments)
    {
        var result = new CompareOptions();
        while (arguments is [var option, var value, .. var rest])
        {
            result = option switch
            {
                "--scenarios" => result with { Scenarios = [.. value.Split(',').Select(FindScenario)] },
                "--peers" => result with { Peers = [.. value.Split(',').Select(FindPeer)] },
                "--rounds" => result with { Rounds = int.Parse(value, CultureInfo.InvariantCulture) },
                "--scale" => result with { Scale = double.Parse(value, CultureInfo.InvariantCulture) },
                "--directory" => result with { Directory = Path.GetFullPath(value) },
                "--results" => result with { Results = value },
                "--name" => result with { Name = value },
                _ => throw new ArgumentException($"{option} is unknown\n{Usage}"),
            };
            arguments = rest;
        }

        return arguments.IsEmpty ? result : throw new ArgumentException($"{arguments[0]} lacks its value\n{Usage}");
    }

    private static Scenario FindScenario(string name) =>
        Scenario.All.FirstOrDefault(scenario => scenario.Name == name)
        ?? throw new ArgumentException($"There is no scenario {name}, only {string.Join(", ", Scenario.All.Select(static c => c.Name))}.");

    private static Func<IQueuePeer> FindPeer(string name) =>
        PeerCatalog.All.TryGetValue(name, out var create)
            ? create
            : throw new ArgumentException($"There is no peer {name}, only {string.Join(", ", PeerCatalog.All.Keys)}.");
}
