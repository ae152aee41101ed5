using System.Diagnostics;

namespace Stork.Browser.Tests;

/// <summary>What a sample has from npm.</summary>
internal static class NpmPackages
{
    private static readonly TimeSpan LongestInstallation = TimeSpan.FromMinutes(3);

    /// <summary>Installs what the lock file of a folder says, unless that has been done.</summary>
    /// <returns>Why it could not be had; null if it is there.</returns>
    public static async Task<string?> InstallAsync(string folder)
    {
        var wanted = await File.ReadAllTextAsync(Path.Combine(folder, "package-lock.json"));
        var stamp = Path.Combine(folder, "node_modules", ".installed-lock.json");
        if (File.Exists(stamp) && await File.ReadAllTextAsync(stamp) == wanted) return null;
        try
        {
            var npm = OperatingSystem.IsWindows() ? "npm.cmd" : "npm";
            string[] arguments = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline", "--fetch-retries=1"];
            using var process = Process.Start(new ProcessStartInfo(npm, arguments)
            {
                WorkingDirectory = folder,
                UseShellExecute = false,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
            var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
            await process.WaitForExitAsync().WaitAsync(LongestInstallation);
            await output;
            if (process.ExitCode != 0) return $"npm ci failed: {await errors}";
        }
        catch (Exception failure) when (failure is System.ComponentModel.Win32Exception or TimeoutException)
        {
            return failure.Message;
        }

        await File.WriteAllTextAsync(stamp, wanted);
        return null;
    }
}
