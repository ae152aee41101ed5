using System.Diagnostics;

namespace Stork.Interop.Tests.Clients;

/// <summary>The npm packages in <c>clients/</c>, installed once when the lock file says others than are there.</summary>
internal static class NodePackages
{
    private static readonly TimeSpan LongestInstallation = TimeSpan.FromMinutes(3);

    /// <summary>Where the scripts are.</summary>
    public static string Directory { get; } = AssemblyMetadata.Get("ClientsDirectory");

    private static readonly Task<string?> Installation = InstallAsync();

    /// <summary>Skips the test, with the reason, where the packages cannot be had.</summary>
    public static async Task RequireAsync()
    {
        var reason = await Installation;
        Assert.SkipWhen(reason is not null, $"Needs Node.js and the packages of {Directory}: {reason}");
    }

    private static async Task<string?> InstallAsync()
    {
        var wanted = await File.ReadAllTextAsync(Path.Combine(Directory, "package-lock.json"));
        var stamp = Path.Combine(Directory, "node_modules", ".installed-lock.json");
        try
        {
            if (await RunAsync("node", "--version") is { ExitCode: not 0 } node) return $"node does not run ({node.Error})";
            if (File.Exists(stamp) && await File.ReadAllTextAsync(stamp) == wanted) return null;
            var npm = OperatingSystem.IsWindows() ? "npm.cmd" : "npm";
            var result = await RunAsync(npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline", "--fetch-retries=1", "--fetch-timeout=30000");
            if (result.ExitCode != 0) return $"npm ci failed ({result.Error})";
        }
        catch (Exception exception) when (exception is System.ComponentModel.Win32Exception or TimeoutException)
        {
            return exception.Message;
        }

        await File.WriteAllTextAsync(stamp, wanted);
        return null;
    }

    private static async Task<(int ExitCode, string Error)> RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = Directory,
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync().WaitAsync(LongestInstallation);
        await output;
        var lines = (await errors).Split('\n').Where(line => line.Trim().Length > 0 && !line.StartsWith("npm warn", StringComparison.OrdinalIgnoreCase));
        return (process.ExitCode, string.Join("; ", lines.Take(2)));
    }
}
