namespace Stork.Browser.Tests;

/// <summary>The chat sample, published as one trimmed file that needs no .NET on the machine.</summary>
public sealed class PublishedChat : IAsyncLifetime
{
    private readonly string _directory = Directory.CreateTempSubdirectory("stork-chat-").FullName;
    private string? _lack;

    /// <summary>Everything the publish wrote on the console.</summary>
    public string Output { get; private set; } = "";

    public IReadOnlyList<string> Files => [.. Directory.GetFiles(_directory).Select(Path.GetFileName).Order(StringComparer.Ordinal)!];

    private static string Program => OperatingSystem.IsWindows() ? "Chat.exe" : "Chat";

    public async ValueTask InitializeAsync() => (Output, _lack) = await TrimmedPublish.RunAsync(Sample.Project, _directory);

    public ValueTask DisposeAsync()
    {
        Directory.Delete(_directory, recursive: true);
        return ValueTask.CompletedTask;
    }

    /// <summary>Starts the program, or skips the test and says why.</summary>
    internal Task<SampleServer> StartAsync()
    {
        SkipUnlessPublished();
        return SampleServer.StartPublishedAsync(Path.Combine(_directory, Program));
    }

    internal void SkipUnlessPublished()
    {
        if (_lack is not null) Assert.Skip($"Needs the runtime pack: {_lack}");
    }
}
