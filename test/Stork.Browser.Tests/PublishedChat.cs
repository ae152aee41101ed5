using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Stork.Browser.Tests;

/// <summary>The chat sample, published as one trimmed file that needs no .NET on the machine.</summary>
public sealed class PublishedChat : IAsyncLifetime
{
    private static readonly TimeSpan CommandTimeout = TimeSpan.FromMinutes(8);

    private readonly string _directory = Directory.CreateTempSubdirectory("stork-chat-").FullName;
    private string? _lack;

    /// <summary>Everything the publish wrote on the console.</summary>
    public string Output { get; private set; } = "";

    public IReadOnlyList<string> Files => [.. Directory.GetFiles(_directory).Select(Path.GetFileName).Order(StringComparer.Ordinal)!];

    private static string Program => OperatingSystem.IsWindows() ? "Chat.exe" : "Chat";

    private static string RuntimeIdentifier
    {
        get
        {
            var system = OperatingSystem.IsWindows() ? "win" : OperatingSystem.IsMacOS() ? "osx" : "linux";
            return $"{system}-{RuntimeInformation.OSArchitecture.ToString().ToLowerInvariant()}";
        }
    }

    public async ValueTask InitializeAsync()
    {
        string[] kind = ["-r", RuntimeIdentifier, "-p:SelfContained=true", "-p:PublishTrimmed=true", "-p:PublishSingleFile=true"];
        var (restored, restoreOutput) = await RunAsync(["restore", Sample.Project, .. kind]);
        if (!restored)
        {
            _lack = $"the runtime for {RuntimeIdentifier} could not be restored:\n{restoreOutput}";
            return;
        }

        (var published, Output) = await RunAsync(
            ["publish", Sample.Project, "--no-restore", "-c", "Release", "-o", _directory, "-p:UseSharedCompilation=false", .. kind]);
        published.ShouldBeTrue(Output);
    }

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

    private static async Task<(bool Succeeded, string Output)> RunAsync(string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", arguments)
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // What the test run's own build left here speaks of another build; and no build process shall stay behind.
        var inherited = start.Environment.Keys.Where(static name => name.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase));
        foreach (var name in inherited.ToList()) start.Environment.Remove(name);
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        start.Environment["DOTNET_CLI_USE_MSBUILD_SERVER"] = "0";
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        using var timeout = new CancellationTokenSource(CommandTimeout);
        try
        {
            await process.WaitForExitAsync(timeout.Token);
        }
        catch (OperationCanceledException exception)
        {
            process.Kill(entireProcessTree: true);
            var command = $"dotnet {string.Join(' ', arguments)}";
            throw new TimeoutException($"Waited {CommandTimeout.TotalMinutes} minutes for {command}.", exception);
        }

        return (process.ExitCode == 0, await output + await errors);
    }
}
