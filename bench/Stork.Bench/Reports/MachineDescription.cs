using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Stork.Bench.Reports;

/// <summary>What a figure depends on besides the code: processor, kernel, runtimes, commit.</summary>
internal sealed record MachineDescription(
    string Processor, int Cores, long MemoryMiB, string Kernel, string CongestionControl, string DotNet, string Node, string Commit)
{
    private const string Unknown = "unknown";

    public static MachineDescription Read(int cores) => new(
        Value("/proc/cpuinfo", "model name"),
        cores,
        long.Parse(Value("/proc/meminfo", "MemTotal").Split(' ')[0]) / 1024,
        $"Linux {File.ReadAllText("/proc/sys/kernel/osrelease").Trim()}, {RuntimeInformation.OSArchitecture}",
        File.ReadAllText("/proc/sys/net/ipv4/tcp_congestion_control").Trim(),
        RuntimeInformation.FrameworkDescription,
        Output("node", "--version"),
        CurrentCommit());

    private static string CurrentCommit()
    {
        var commit = Output("git", "rev-parse", "--short=12", "HEAD");
        // Results of earlier runs are no change of what is measured.
        var changes = Output("git", "status", "--porcelain", "--", ":/", ":(exclude,top)bench/results");
        return changes is "" or Unknown ? commit : $"{commit} with uncommitted changes";
    }

    private static string Value(string path, string key) =>
        File.ReadLines(path).FirstOrDefault(line => line.StartsWith(key, StringComparison.Ordinal))?.Split(':', 2)[1].Trim() ?? Unknown;

    private static string Output(string program, params string[] arguments)
    {
        try
        {
            var start = new ProcessStartInfo(program, arguments)
            {
                UseShellExecute = false,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            using var process = Process.Start(start)!;
            var text = process.StandardOutput.ReadToEnd().Trim();
            process.WaitForExit();
            return process.ExitCode == 0 ? text : Unknown;
        }
        catch (Win32Exception)
        {
            return Unknown;
        }
    }
}
