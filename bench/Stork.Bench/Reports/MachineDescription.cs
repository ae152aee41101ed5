using System.Runtime.InteropServices;

namespace Stork.Bench.Reports;

/// <summary>What a figure depends on besides the code: processor, kernel, runtimes, commit.</summary>
internal sealed record MachineDescription(
    string Processor, int Cores, long MemoryMiB, string Kernel, string CongestionControl, string DotNet, string Node, string Commit)
{
    public static MachineDescription Read(int cores) => new(
        Platform.Value("/proc/cpuinfo", "model name"),
        cores,
        long.Parse(Platform.Value("/proc/meminfo", "MemTotal").Split(' ')[0]) / 1024,
        $"Linux {File.ReadAllText("/proc/sys/kernel/osrelease").Trim()}, {RuntimeInformation.OSArchitecture}",
        File.ReadAllText("/proc/sys/net/ipv4/tcp_congestion_control").Trim(),
        RuntimeInformation.FrameworkDescription,
        Platform.Output("node", "--version"),
        Platform.Commit);
}
