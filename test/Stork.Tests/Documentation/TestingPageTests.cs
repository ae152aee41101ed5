using System.Text.RegularExpressions;

namespace Stork.Tests.Documentation;

public sealed partial class TestingPageTests
{
    [Fact]
    public void Names_every_variable_that_tests_and_benchmarks_read_and_no_other()
    {
        var used = new[] { "test", "bench" }
            .SelectMany(folder => Directory.EnumerateFiles(Path.Combine(SourceTree.Root, folder), "*.cs", SearchOption.AllDirectories))
            .Where(static file => SourceTree.IsOurs(file) && !file.EndsWith(nameof(TestingPageTests) + ".cs", StringComparison.Ordinal))
            .SelectMany(static file => Variable().Matches(File.ReadAllText(file)))
            .Select(static match => match.Value)
            .Distinct()
            .Order(StringComparer.Ordinal);
        var page = File.ReadAllText(Path.Combine(SourceTree.Root, "docs/contributing/testing.md"));
        var named = Variable().Matches(page).Select(static match => match.Value).Distinct().Order(StringComparer.Ordinal);
        named.ShouldBe(used);
    }

    [GeneratedRegex("STORK_[A-Z_]+")]
    private static partial Regex Variable();
}
