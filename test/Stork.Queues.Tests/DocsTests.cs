using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace Stork.Queues.Tests;

/// <summary>The documents promise only what a test shows, and name that test.</summary>
public sealed partial class DocsTests
{
    [Theory]
    [InlineData("queues.md", 40)]
    [InlineData("queues-faults.md", 20)]
    public async Task Names_tests_that_exist(string document, int atLeast)
    {
        var text = await File.ReadAllTextAsync(Path.Combine(FindDocs(), document));
        var tests = Assembly.GetExecutingAssembly().GetTypes()
            .SelectMany(static type => type.GetMethods().Where(static method => method.GetCustomAttributes<FactAttribute>().Any())
                .Select(method => (Type: type.FullName!["Stork.Queues.Tests.".Length..], method.Name)))
            .ToLookup(static test => test.Name, static test => test.Type);
        var named = NamedTest().Matches(text);
        named.Count.ShouldBeGreaterThanOrEqualTo(atLeast);
        foreach (Match match in named)
        {
            var (type, test) = (match.Groups["type"].Value.TrimEnd('.'), match.Groups["test"].Value);
            tests[test].ShouldNotBeEmpty($"{document} names {match.Value}");
            if (type.Length > 0) tests[test].ShouldContain(type, $"{document} names {match.Value}");
        }
    }

    /// <summary>A sentence with underscores in code quotes is a test.</summary>
    [GeneratedRegex("`(?<type>[A-Za-z.]+Tests\\.)?(?<test>[A-Z][a-z]+(_[a-zA-Z0-9]+){2,})`", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex NamedTest();

    private static string FindDocs([CallerFilePath] string thisFile = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(thisFile)!, "../../docs"));
}
