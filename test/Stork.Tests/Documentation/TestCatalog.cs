using System.Text.RegularExpressions;

namespace Stork.Tests.Documentation;

/// <summary>All tests of all projects, by their source: most of those projects are not referenced from here.</summary>
internal static partial class TestCatalog
{
    /// <param name="Folder">From the root of the repository: <c>test/Stork.Tests/Wire</c>.</param>
    /// <param name="Class">The class, which has the name of its file.</param>
    /// <param name="Method">The test.</param>
    public sealed record Test(string Folder, string Class, string Method);

    public static IReadOnlyList<Test> All { get; } = [.. ReadAll()];

    private static IEnumerable<Test> ReadAll() =>
        from file in Directory.EnumerateFiles(Path.Combine(SourceTree.Root, "test"), "*Tests*.cs", SearchOption.AllDirectories)
        where SourceTree.IsOurs(file)
        let folder = SourceTree.PathFromRoot(Path.GetDirectoryName(file)!)
        // A class in several files has a name before the first dot of each: FuzzTests.Events.cs.
        let name = Path.GetFileName(file).Split('.')[0]
        from method in MethodsIn(File.ReadLines(file))
        select new Test(folder, name, method);

    /// <summary>The first method behind each attribute that makes one a test.</summary>
    private static IEnumerable<string> MethodsIn(IEnumerable<string> lines)
    {
        var isTest = false;
        foreach (var line in lines)
        {
            if (TestAttribute().IsMatch(line)) isTest = true;
            if (!isTest || TestMethod().Match(line) is not { Success: true, Groups: var groups }) continue;
            isTest = false;
            yield return groups["method"].Value;
        }
    }

    [GeneratedRegex(@"^ +\[(Fact|Theory)\b", RegexOptions.ExplicitCapture)]
    private static partial Regex TestAttribute();

    [GeneratedRegex(@"^ +(public|internal) (static )?(async )?[\w<>]+ (?<method>\w+)\(", RegexOptions.ExplicitCapture)]
    private static partial Regex TestMethod();
}
