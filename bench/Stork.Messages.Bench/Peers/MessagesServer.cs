using System.Globalization;
using Stork.Bench.Peers;
using Stork.Messages.Bench.Scenarios;

namespace Stork.Messages.Bench.Peers;

/// <summary>The server of <c>peers/stork-messages</c>, on the server's core.</summary>
internal static class MessagesServer
{
    public static ServerProcess Start(RunContext run, string durability = "fsync")
    {
        var data = Path.Combine(run.Directory, "data");
        var peer = new Peer(
            "stork",
            "Stork",
            "",
            ["dotnet", "Stork.Messages.Peer.dll", "{port}", data, durability]);
        var folder = Environment.GetEnvironmentVariable("STORK_MESSAGES_PEER")
            ?? Path.Combine(run.BenchFolder, "peers", "stork-messages", "bin", "Release", "net10.0");
        return ServerProcess.Start(peer, folder, run.Cores.Server);
    }

    /// <summary>The most memory the server has had, in MiB, since it was asked to forget.</summary>
    public static double PeakMemory(int processId) => Status(processId, "VmHWM:");

    public static double Memory(int processId) => Status(processId, "VmRSS:");

    /// <summary>Lets the kernel count the peak anew (proc(5), clear_refs).</summary>
    public static void ForgetPeak(int processId) => File.WriteAllText($"/proc/{processId}/clear_refs", "5");

    private static double Status(int processId, string key)
    {
        var line = File.ReadLines($"/proc/{processId}/status").First(line => line.StartsWith(key, StringComparison.Ordinal));
        return double.Parse(line[key.Length..].Trim().Split(' ')[0], CultureInfo.InvariantCulture) / 1024;
    }
}
