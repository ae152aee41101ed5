using System.Text.RegularExpressions;

namespace Stork.Tests.Documentation;

/// <summary>Whoever adds a lock or a thread says on the page what it is for.</summary>
public sealed partial class LocksPageTests
{
    private static readonly string Page = File.ReadAllText(Path.Combine(SourceTree.Root, "docs/contributing/threads-and-locks.md"));

    [Fact]
    public void Every_lock_has_its_row_and_every_row_its_lock()
    {
        var locks = Sources()
            .SelectMany(static file => LocksOf(file.Name, file.Text))
            .Append("EngineConnection.Receiving")
            .Distinct()
            .ToList();
        locks.Count.ShouldBeGreaterThan(30);
        FirstCells("## Locks\n").ShouldBe(locks, ignoreOrder: true);
    }

    [Fact]
    public void Every_thread_that_is_started_has_its_row()
    {
        var threads = Sources()
            .SelectMany(static file => ThreadName().Matches(file.Text))
            .Select(static match => match.Groups["name"].Value)
            .Distinct()
            .ToList();
        threads.Count.ShouldBeGreaterThan(5);
        var rows = FirstCells("## Threads\n").ToList();
        threads.Where(name => !rows.Exists(row => row.StartsWith(name, StringComparison.Ordinal))).ShouldBeEmpty();
    }

    /// <summary>The locks that a class has, and what else it locks by a name of its own; another's is that one's.</summary>
    private static IEnumerable<string> LocksOf(string type, string text)
    {
        foreach (Match owned in Declaration().Matches(text)) yield return $"{type}.{owned.Groups["name"].Value}";
        foreach (Match locked in Statement().Matches(text))
        {
            var name = locked.Groups["name"].Value;
            yield return name == "this" ? type : $"{type}.{name}";
        }
    }

    private static IEnumerable<(string Name, string Text)> Sources() =>
        from file in Directory.EnumerateFiles(Path.Combine(SourceTree.Root, "src"), "*.cs", SearchOption.AllDirectories)
        where SourceTree.IsOurs(file)
        // A class in several files has a name before the first dot of each.
        select (Path.GetFileName(file).Split('.')[0], File.ReadAllText(file));

    private static IEnumerable<string> FirstCells(string heading)
    {
        var start = Page.IndexOf(heading, StringComparison.Ordinal);
        start.ShouldBeGreaterThan(0, heading);
        var text = Page[(start + heading.Length)..];
        return text[..text.IndexOf("\n## ", StringComparison.Ordinal)]
            .Split('\n')
            .Where(static line => line.StartsWith('|'))
            .SelectMany(static row => Quoted().Matches(row.Split('|')[1]))
            .Select(static match => match.Groups["name"].Value);
    }

    [GeneratedRegex(@"\bLock (?<name>_?\w+)( \{ get; \})? = new\(\);", RegexOptions.ExplicitCapture)]
    private static partial Regex Declaration();

    [GeneratedRegex(@"\block \((?<name>this|[A-Z_]\w*)\)", RegexOptions.ExplicitCapture)]
    private static partial Regex Statement();

    [GeneratedRegex("(\\bName = |\\.Start\\()\\$?\"(?<name>[Ss]tork[^\"{]*)", RegexOptions.ExplicitCapture)]
    private static partial Regex ThreadName();

    [GeneratedRegex("`(?<name>[^`]+)`", RegexOptions.ExplicitCapture)]
    private static partial Regex Quoted();
}
