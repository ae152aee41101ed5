using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace Stork.Tests.WorkQueues;

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

    private static string FindDocs([CallerFilePath] string thisFile = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(thisFile)!, "../../../docs"));

    [GeneratedRegex(@"`(\w+Tests)\.(\w+)`")]
    private static partial Regex TestName();
}
