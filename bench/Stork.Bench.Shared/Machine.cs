using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Stork.Bench.Shared;

/// <summary>What this machine has: programs, free ports.</summary>
internal static class Machine
{
    private static readonly string[] s_usualFolders = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

    /// <summary>Where the first of these programs is: a path is taken as it is, a name is looked up; null: it is not here.</summary>
    public static string? Find(params ReadOnlySpan<string> programs)
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Concat(s_usualFolders).ToArray();
        foreach (var program in programs)
        {
            if (Path.IsPathRooted(program) && File.Exists(program)) return program;
            var found = folders.Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);
            if (found is not null) return found;
        }

        return null;
    }

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>Runs a short program to its end and returns what it wrote; null: it failed.</summary>
    public static string? Run(string program, params IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var text = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? (text + errors.GetAwaiter().GetResult()).Trim() : null;
    }
}
