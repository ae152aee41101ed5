using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace Stork.Tests.Hosting;

/// <summary><c>docs/from-node.md</c> tells of differences to the original, each with the tests that hold it.</summary>
public sealed partial class FromNodeTests
{
    private static readonly string Root = FindRoot();

    public static TheoryData<string> Rows => [.. Table().Select(row => row[..row.LastIndexOf('|')].TrimEnd())];

    [Theory]
    [MemberData(nameof(Rows))]
    public void Each_difference_names_a_test_that_exists(string row)
    {
        var named = NamedTest().Matches(row[row.LastIndexOf('|')..]);
        named.Count.ShouldBeGreaterThan(0, "The row names no test, as S `XTests.Sentence` or I `XTests`.");
        foreach (Match test in named)
        {
            var (project, type, method) = (test.Groups["project"].Value, test.Groups["type"].Value, test.Groups["method"].Value);
            (project == "S" ? IsOurs(type, method) : IsInterop(type, method)).ShouldBeTrue(test.Value);
        }
    }

    [Fact]
    public void Differences_stand_in_the_tables_alone() =>
        Differences().Where(line => line.StartsWith("- ", StringComparison.Ordinal)).ShouldBeEmpty("A difference without a test is none that anybody can rely on.");

    private static IEnumerable<string> Table() => Differences().Where(line => line.StartsWith("| ", StringComparison.Ordinal) && line != "| difference | test |");

    private static IEnumerable<string> Differences() => File.ReadLines(Path.Combine(Root, "docs/from-node.md"))
        .SkipWhile(line => line != "## What is different on purpose")
        .TakeWhile(line => line != "## What is not there");

    private static bool IsOurs(string type, string method) =>
        typeof(FromNodeTests).Assembly.GetTypes()
            .Where(candidate => candidate.Name == type)
            .SelectMany(candidate => candidate.GetMethods())
            .Any(candidate => candidate.GetCustomAttributes().Any(attribute => attribute is FactAttribute) && (method.Length == 0 || candidate.Name == method));

    /// <summary>The other project is not referenced from here; its source tells.</summary>
    private static bool IsInterop(string type, string method) =>
        Directory.EnumerateFiles(Path.Combine(Root, "test/Stork.Interop.Tests"), type + ".cs", SearchOption.AllDirectories)
            .Any(file => method.Length == 0 || File.ReadAllText(file).Contains($"Task {method}(", StringComparison.Ordinal));

    private static string FindRoot([CallerFilePath] string thisFile = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(thisFile)!, "../../.."));

    [GeneratedRegex(@"(?<project>[SI]) `(?<type>\w+Tests)(\.(?<method>\w+))?`", RegexOptions.ExplicitCapture)]
    private static partial Regex NamedTest();
}
