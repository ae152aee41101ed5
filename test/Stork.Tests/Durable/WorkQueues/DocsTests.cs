using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace Stork.Tests.Durable.WorkQueues;

public sealed partial class DocsTests
{
    [Theory]
    [InlineData("jobs.md")]
    [InlineData("workers-over-sockets.md")]
    [InlineData("retries-and-dead-letters.md")]
    public void Names_tests_that_exist(string document)
    {
        var text = File.ReadAllText(Path.Combine(FindDocs(), document));
        var named = TestName().Matches(text).Select(m => (Class: m.Groups[1].Value, Method: m.Groups[2].Value)).ToList();
        named.Count.ShouldBeGreaterThan(5);
        foreach (var (type, method) in named)
        {
            typeof(DocsTests).Assembly.GetTypes().Where(t => t.Name == type).SelectMany(t => t.GetMethods()).ShouldContain(
                m => m.Name == method && m.GetCustomAttributes().Any(a => a is FactAttribute), $"{document} names {type}.{method}");
        }
    }

    /// <summary>Tests of the other project, which is not referenced from here, by its source.</summary>
    [Theory]
    [InlineData("jobs.md", 2)]
    [InlineData("workers-over-sockets.md", 2)]
    [InlineData("retries-and-dead-letters.md", 4)]
    public void Names_interop_tests_that_exist(string document, int count)
    {
        var named = InteropTestName().Matches(File.ReadAllText(Path.Combine(FindDocs(), document)));
        named.Count.ShouldBe(count);
        foreach (Match match in named)
        {
            var source = Path.Combine(FindDocs(), "../test/Stork.Interop.Tests", match.Groups[1].Value + ".cs");
            File.ReadAllText(source).ShouldContain($"public async Task {match.Groups[2].Value}(", customMessage: $"{document} names {match.Value}");
        }
    }

    [GeneratedRegex(@"I `(\w+/\w+Tests)\.(\w+)`")]
    private static partial Regex InteropTestName();

    private static string FindDocs([CallerFilePath] string thisFile = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(thisFile)!, "../../../../docs"));

    [GeneratedRegex(@"`(\w+Tests)\.(\w+)`")]
    private static partial Regex TestName();
}
