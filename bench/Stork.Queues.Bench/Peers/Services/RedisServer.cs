using System.Globalization;

namespace Stork.Queues.Bench.Peers.Services;

/// <summary>Redis that syncs its log before it answers.</summary>
internal sealed class RedisServer : IBrokerServer
{
    private static readonly string? s_program = Machine.Find("redis-server");

    private readonly ServiceProcess _process;

    private RedisServer(ServiceProcess process, int port) => (_process, Port) = (process, port);

    public static string? Missing => s_program is null ? "needs redis-server" : null;

    /// <summary>Version and settings, for the report.</summary>
    public static string Shape =>
        $"Redis {Machine.Run(s_program!, "--version")?.Split(' ').ElementAtOrDefault(2)?[2..]}, appendonly yes, "
        + "appendfsync always, no snapshots";

    public int Port { get; }

    public TimeSpan ProcessorTime => _process.ProcessorTime;

    /// <param name="directory">For its data.</param>
    public static async Task<RedisServer> StartAsync(string directory)
    {
        Directory.CreateDirectory(directory);
        var port = Machine.FreePort();
        var process = ServiceProcess.Start(
            directory,
            [
                s_program!, "--port", port.ToString(CultureInfo.InvariantCulture), "--bind", "127.0.0.1", "--dir", directory,
                "--save", "", "--appendonly", "yes", "--appendfsync", "always", "--auto-aof-rewrite-percentage", "0",
            ]);
        await process.AcceptsAsync(port);
        return new RedisServer(process, port);
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();
}
