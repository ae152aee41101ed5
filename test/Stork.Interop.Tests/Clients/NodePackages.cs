using System.Diagnostics;

namespace Stork.Interop.Tests.Clients;

/// <summary>The npm packages in <c>clients/</c>, and beside other scripts, installed once when the lock file says
/// others than are there.</summary>
internal static class NodePackages
{
    private static readonly TimeSpan LongestInstallation = TimeSpan.FromMinutes(3);

    /// <summary>Where the scripts are.</summary>
    public static string Directory { get; } = AssemblyMetadata.Get("ClientsDirectory");

    private static readonly Dictionary<string, Task<string?>> Installations = new(StringComparer.Ordinal);

    /// <summary>Skips the test, with the reason, where the packages cannot be had.</summary>
    /// <param name="directory">Where their lock file is; null: <see cref="Directory"/>.</param>
    public static async Task RequireAsync(string? directory = null)
    {
        directory ??= Directory;
        Task<string?>? installation;
        lock (Installations)
        {
            if (!Installations.TryGetValue(directory, out installation))
                Installations.Add(directory, installation = InstallAsync(directory));
        }

        var reason = await installation;
        Assert.SkipWhen(reason is not null, $"Needs Node.js and the packages of {directory}: {reason}");
    }

    private static async Task<string?> InstallAsync(string directory)
    {
        var wanted = await File.ReadAllTextAsync(Path.Combine(directory, "package-lock.json"));
        var stamp = Path.Combine(directory, "node_modules", ".installed-lock.json");
        try
        {
            if (await RunAsync(directory, "node", "--version") is { ExitCode: not 0 } node) return $"node does not run ({node.Error})";
            if (File.Exists(stamp) && await File.ReadAllTextAsync(stamp) == wanted) return null;
            var npm = OperatingSystem.IsWindows() ? "npm.cmd" : "npm";
            var result = await RunAsync(
                directory,
                npm,
                ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline", "--fetch-retries=1", "--fetch-timeout=30000"]);
            if (result.ExitCode != 0) return $"npm ci failed ({result.Error})";
        }
        catch (Exception exception) when (exception is System.ComponentModel.Win32Exception or TimeoutException)
        {
            return exception.Message;
        }

        await File.WriteAllTextAsync(stamp, wanted);
        return null;
    }

    private static async Task<(int ExitCode, string Error)> RunAsync(string directory, string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = directory,
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync().WaitAsync(LongestInstallation);
        await output;
        var lines = (await errors).Split('\n')
            .Where(line => line.Trim().Length > 0 && !line.StartsWith("npm warn", StringComparison.OrdinalIgnoreCase));
        return (process.ExitCode, string.Join("; ", lines.Take(2)));
    }
}
