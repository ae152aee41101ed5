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
            "Wire",
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
            "State Core",
            "Rules",
            "Snapshots",
            "Shards",
            "Maintenance",
            CompiledAssembly.Root,
        ],
    };

    /// <summary>What is still to be cut. Only ever shortened.</summary>
    private static readonly Dictionary<string, string[]> Uncut = new()
    {
        ["Stork"] =
        [
            "Diagnostics -> EngineIO",
            "Options -> SocketIO", "Options -> Hosting", "Options -> Durable",
            "Wire -> EngineIO", "Wire -> SocketIO",
            "EngineIO -> Hosting",
            "SocketIO -> Durable", "SocketIO -> Hosting",
            "Recovery -> Hosting",
            "Durable -> Hosting",
        ],
        ["Stork.Queues"] =
        [
            "Journal -> Records", "Journal -> Snapshots",
            "Core -> Snapshots", "Core -> (root)",
            "Shards -> Maintenance", "Shards -> (root)",
        ],
    };

    private static readonly string[] StillInPieces = ["Stork.Namespace", "Stork.Socket"];

    private static readonly string[] StillTooLarge = ["EngineConnection", "RecoveryLog", "Client", "Socket", "ShardCore", "Shard"];

    [Theory]
    [InlineData("Stork")]
    [InlineData("Stork.Queues")]
    public void Folders_depend_downwards_only(string name)
    {
        using var assembly = new CompiledAssembly(name);
        var wrong = from type in assembly.Types
                    from reference in assembly.ReferencesOf(type)
                    where assembly.Folders.ContainsKey(reference.Target)
                    let here = assembly.Folders[type.FullName]
                    let there = assembly.Folders[reference.Target]
                    where !MayName(Floors[name], here, there) && !Uncut[name].Contains($"{here.Split('/')[0]} -> {there.Split('/')[0]}")
                    group reference.Member by $"{here} -> {reference.Target} (of {there}), named by {type.FullName}" into members
                    select $"{members.Key}: {string.Join(", ", members.Distinct().Take(3))}";
        wrong.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("Stork")]
    [InlineData("Stork.Queues")]
    public void A_type_lies_in_one_folder_and_an_internal_one_has_its_name_as_namespace(string name)
    {
        using var assembly = new CompiledAssembly(name);
        assembly.Types.Where(type => assembly.FoldersOf(type).Count() != 1 && !StillInPieces.Contains(type.FullName))
            .Select(type => $"{type.FullName} lies in: {string.Join(", ", assembly.FoldersOf(type))}")
            .ShouldBeEmpty();
        assembly.Types.Where(type => !IsNamespaceRight(name, type.IsPublic, type.Namespace, assembly.Folders[type.FullName]))
            .Select(type => $"{type.FullName} lies in {assembly.Folders[type.FullName]}")
            .ShouldBeEmpty();
    }

    [Theory]
    [InlineData("Shared")]
    [InlineData("Stork")]
    [InlineData("Stork.Protocol")]
    [InlineData("Stork.Queues")]
    public void No_class_is_larger_than_500_lines_over_its_files_and_no_file_than_400(string project)
    {
        var files = Directory.EnumerateFiles(Path.Combine(CompiledAssembly.Sources(), project), "*.cs", SearchOption.AllDirectories)
            .Where(static file => !file.Replace('\\', '/').Contains("/obj/", StringComparison.Ordinal))
            .Select(static file => (Name: Path.GetFileName(file), Lines: File.ReadLines(file).Count()))
            .ToList();
        files.ShouldNotBeEmpty();
        files.Where(static file => file.Lines > 400).Select(static file => $"{file.Name}: {file.Lines} lines").ShouldBeEmpty();
        files.GroupBy(static file => file.Name.Split('.')[0], static file => file.Lines)
            .Where(static parts => parts.Sum() > 500 && !StillTooLarge.Contains(parts.Key))
            .Select(static parts => $"{parts.Key}: {parts.Sum()} lines in {parts.Count()} files")
            .ShouldBeEmpty();
    }

    private static bool MayName(string[] floors, string from, string to)
    {
        var (lower, upper) = (Array.FindIndex(floors, floor => Has(floor, to)), Array.FindIndex(floors, floor => Has(floor, from)));
        if (lower < 0 || upper < 0) throw new InvalidOperationException($"The folder \"{(lower < 0 ? to : from)}\" has no floor yet.");
        return lower < upper || (lower == upper && floors[lower].Split('|').Any(room => Has(room, from) && Has(room, to)));
    }

    private static bool Has(string floor, string folder) =>
        floor.Split(' ', StringSplitOptions.RemoveEmptyEntries).Contains(folder.Split('/')[0]);

    private static bool IsNamespaceRight(string assembly, bool isPublic, string actual, string folder)
    {
        if (isPublic && actual.StartsWith("Microsoft.", StringComparison.Ordinal)) return true;
        if (isPublic || folder == CompiledAssembly.Root) return actual == assembly;
        return actual == $"{(folder.Split('/')[0] == "Shared" ? "Stork" : assembly)}.{folder.Replace('/', '.')}";
    }
}
