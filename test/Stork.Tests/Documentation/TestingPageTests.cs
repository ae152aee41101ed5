using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace Stork.Tests.Documentation;

public sealed partial class TestingPageTests
{
    [Fact]
    public void Names_every_variable_that_tests_and_benchmarks_read_and_no_other()
    {
        var root = FindRoot();
        var used = new[] { "test", "bench" }
            .SelectMany(folder => Directory.EnumerateFiles(Path.Combine(root, folder), "*.cs", SearchOption.AllDirectories))
            .Where(static file => !file.Contains("/obj/") && !file.EndsWith(nameof(TestingPageTests) + ".cs", StringComparison.Ordinal))
            .SelectMany(static file => Variable().Matches(File.ReadAllText(file)))
            .Select(static match => match.Value)
            .Distinct()
            .Order(StringComparer.Ordinal);
        var page = File.ReadAllText(Path.Combine(root, "docs/contributing/testing.md"));
        var named = Variable().Matches(page).Select(static match => match.Value).Distinct().Order(StringComparer.Ordinal);
        named.ShouldBe(used);
    }

    [GeneratedRegex("STORK_[A-Z_]+")]
    private static partial Regex Variable();

    private static string FindRoot([CallerFilePath] string thisFile = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(thisFile)!, "../../.."));
}
