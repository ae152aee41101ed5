using System.Text.RegularExpressions;

namespace Stork.Tests.Documentation;

/// <summary>The page about the architecture names what is there, and no folder is without its sentence.</summary>
public sealed partial class ArchitecturePageTests
{
    private static readonly string Page = File.ReadAllText(Path.Combine(SourceTree.Root, "docs/contributing/architecture.md"));

    private static readonly ILookup<string, string> Sources =
        Directory.EnumerateFiles(Path.Combine(SourceTree.Root, "src"), "*.cs", SearchOption.AllDirectories)
            .Where(SourceTree.IsOurs)
            .ToLookup(static file => Path.GetFileName(file));

    [Fact]
    public void Every_file_that_the_page_names_is_there()
    {
        var named = SourceFile().Matches(Page).Select(static match => match.Groups["file"].Value).Distinct().ToList();
        named.Count.ShouldBeGreaterThan(50);
        named.Where(static file => !Sources.Contains(file)).ShouldBeEmpty();
    }

    [Fact]
    public void Every_hop_names_a_member_of_its_file()
    {
        var hops = Hop().Matches(Page);
        hops.Count.ShouldBeGreaterThan(60);
        var wrong = from hop in hops
                    let file = hop.Groups["file"].Value
                    let member = new Regex($@"\b{hop.Groups["member"].Value}[(<]")
                    where !Sources[file].Any(path => member.IsMatch(File.ReadAllText(path)))
                    select $"{file} {hop.Groups["member"].Value}";
        wrong.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("src/Stork")]
    [InlineData("src/Stork.Queues")]
    [InlineData("src/Stork.MessagePack")]
    [InlineData("src/Stork.Redis")]
    public void Every_folder_with_code_has_its_row_and_every_row_its_folder(string root)
    {
        var top = Path.Combine(SourceTree.Root, root);
        var folders = Sources.SelectMany(static files => files)
            .Select(static file => Path.GetDirectoryName(file)!)
            .Where(folder => folder.StartsWith(top + Path.DirectorySeparatorChar, StringComparison.Ordinal))
            .Select(folder => Path.GetRelativePath(top, folder).Replace('\\', '/'))
            .Distinct();
        FirstCells($"## Folders of {root}\n").ShouldBe(folders, ignoreOrder: true);
    }

    [Fact]
    public void Every_type_among_the_seams_has_its_file()
    {
        var types = Section("## Seams\n")
            .SelectMany(static row => TypeName().Matches(row))
            .Select(static match => match.Groups["type"].Value)
            .ToList();
        types.Count.ShouldBeGreaterThan(20);
        types.Where(static type => !Sources.Contains(type + ".cs")).ShouldBeEmpty();
    }

    private static IEnumerable<string> FirstCells(string heading) =>
        Section(heading)
            .Select(static row => row.Split('|')[1])
            .SelectMany(static cell => Folder().Matches(cell))
            .Select(static match => match.Groups["folder"].Value);

    /// <summary>The rows of the tables between a heading and the next one.</summary>
    private static IEnumerable<string> Section(string heading)
    {
        var start = Page.IndexOf(heading, StringComparison.Ordinal);
        start.ShouldBeGreaterThan(0, heading);
        var text = Page[(start + heading.Length)..];
        return text[..text.IndexOf("\n## ", StringComparison.Ordinal)].Split('\n').Where(static line => line.StartsWith('|'));
    }

    [GeneratedRegex(@"(?<file>\w+(\.\w+)?\.cs)\b", RegexOptions.ExplicitCapture)]
    private static partial Regex SourceFile();

    [GeneratedRegex(@"^\| \d+ \| `(?<file>[\w.]+\.cs)` (?<member>\w+)", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex Hop();

    [GeneratedRegex("`(?<folder>[^`]+)`", RegexOptions.ExplicitCapture)]
    private static partial Regex Folder();

    [GeneratedRegex(@"`(?<type>[A-Z]\w+)`", RegexOptions.ExplicitCapture)]
    private static partial Regex TypeName();
}
