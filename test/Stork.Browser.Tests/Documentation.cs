using System.Text.RegularExpressions;

namespace Stork.Browser.Tests;

/// <summary>A page of the documentation, whose code is made into an application as the page says.</summary>
internal sealed partial class Documentation : IDisposable
{
    private const string Stork = "src/Stork/Stork.csproj";

    private readonly string _parent = Directory.CreateTempSubdirectory("stork-documented-").FullName;
    private readonly string _text;

    /// <param name="page">The page's path in the repository.</param>
    public Documentation(string page) => _text = File.ReadAllText(Path.Combine(Sample.Repository, page));

    private string Project => Path.Combine(_parent, "hello");

    /// <summary>The page's first block of code in a language.</summary>
    public string FirstBlock(string language)
    {
        var block = Block().Matches(_text).FirstOrDefault(match => match.Groups["language"].Value == language);
        return (block ?? throw new InvalidOperationException($"The page has no block in {language}.")).Groups["code"].Value;
    }

    /// <summary>Makes an application of the page's first blocks in C# and HTML, with the commands it begins with.</summary>
    public async Task<SampleServer> StartAsync()
    {
        await RunAsync("new", "web", "-o", "hello");
        // Not by the name of a clone: the repository is built under one path only.
        await RunAsync("add", "hello", "reference", Path.Combine(Sample.Repository, Stork));
        await File.WriteAllTextAsync(Path.Combine(Project, "Program.cs"), FirstBlock("csharp"));
        FirstBlock("sh").ShouldStartWith($"dotnet new web -o hello\ndotnet add hello reference stork/{Stork}\n");
        var root = Directory.CreateDirectory(Path.Combine(Project, "wwwroot"));
        await File.WriteAllTextAsync(Path.Combine(root.FullName, "index.html"), FirstBlock("html"));
        await RunAsync("build", "hello", "-c", "Release", "-v", "quiet", "-warnaserror");
        return await SampleServer.StartProjectAsync(Path.Combine(Project, "bin", "Release", "net10.0", "hello.dll"), Project);
    }

    public void Dispose() => Directory.Delete(_parent, recursive: true);

    private async Task RunAsync(params string[] arguments)
    {
        var (succeeded, output) = await Dotnet.RunAsync(arguments, start => start.WorkingDirectory = _parent);
        succeeded.ShouldBeTrue($"dotnet {string.Join(' ', arguments)}\n{output}");
    }

    [GeneratedRegex(
        "^```(?<language>\\w+)\n(?<code>.*?)^```$",
        RegexOptions.Multiline | RegexOptions.Singleline,
        matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Block();
}
