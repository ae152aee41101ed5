using System.Diagnostics;

namespace Stork.Browser.Tests;

/// <summary>The SDK's command, in a process that has nothing of this test run's own build about it.</summary>
internal static class Dotnet
{
    private static readonly TimeSpan CommandTimeout = TimeSpan.FromMinutes(8);

    /// <param name="arguments">What it is to do.</param>
    /// <param name="change">Another environment or directory for it.</param>
    public static async Task<(bool Succeeded, string Output)> RunAsync(string[] arguments, Action<ProcessStartInfo>? change = null)
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
        change?.Invoke(start);
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
