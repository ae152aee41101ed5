namespace Stork.Tests.Architecture;

/// <summary>The plan of the house: folders lie on floors, and a file names only what lies on its own floor or below.</summary>
public sealed class FolderTests
{
    /// <summary>From the ground up. Those of one floor may know each other, unless a bar parts them.</summary>
    private static readonly Dictionary<string, string[]> Floors = new()
    {
        ["Stork"] =
        [
            "Shared",
            "Diagnostics Options Timing",
            "Wire | EventLoops",
            "EngineIO",
            "SocketIO",
            "Recovery | Durable",
            "Hosting ClientFiles Administration",
        ],
        ["Stork.Queues"] =
        [
            "Shared",
            "Queue Consumers Reports",
            "Journal",
            "Records",
            "State",
            "Rules",
            "Snapshots",
            "Shards",
            "Maintenance",
            CompiledAssembly.Root,
        ],
        ["Stork.Redis"] =
        [
            "Shared",
            "Diagnostics",
            "Wire",
            "ClusterMessages",
            $"PubSub Sharded Streams Connections Emitting {CompiledAssembly.Root}",
        ],
    };

    [Theory]
    [InlineData("Stork")]
    [InlineData("Stork.Queues")]
    [InlineData("Stork.Redis")]
    public void Folders_depend_downwards_only(string name)
    {
        using var assembly = new CompiledAssembly(name);
        var wrong = from type in assembly.Types
                    from reference in assembly.ReferencesOf(type)
                    where assembly.Folders.ContainsKey(reference.Target)
                    let here = assembly.Folders[type.FullName]
                    let there = assembly.Folders[reference.Target]
                    where !MayName(Floors[name], here, there)
                    group reference.Member by $"{here} -> {reference.Target} (of {there}), named by {type.FullName}" into members
                    select $"{members.Key}: {string.Join(", ", members.Distinct().Take(3))}";
        wrong.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("Stork")]
    [InlineData("Stork.Queues")]
    [InlineData("Stork.Redis")]
    public void All_parts_of_a_type_lie_in_one_folder(string name)
    {
        using var assembly = new CompiledAssembly(name);
        var torn = from type in assembly.Types
                   let folders = assembly.FoldersOf(type).ToList()
                   where folders.Count != 1
                   select $"{type.FullName} lies in {string.Join(" and ", folders)}";
        torn.ShouldBeEmpty();
    }

    private static bool MayName(string[] floors, string from, string to)
    {
        var (lower, upper) = (Array.FindIndex(floors, floor => Has(floor, to)), Array.FindIndex(floors, floor => Has(floor, from)));
        if (lower < 0 || upper < 0) throw new InvalidOperationException($"The folder \"{(lower < 0 ? to : from)}\" has no floor yet.");
        return lower < upper || (lower == upper && floors[lower].Split('|').Any(room => Has(room, from) && Has(room, to)));
    }

    private static bool Has(string floor, string folder) =>
        floor.Split(' ', StringSplitOptions.RemoveEmptyEntries).Contains(folder.Split('/')[0]);
}
