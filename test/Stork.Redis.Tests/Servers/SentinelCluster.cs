using System.Diagnostics;
using Stork.Interop.Tests.Network;

namespace Stork.Redis.Tests.Servers;

/// <summary>A primary, its replica, and a Sentinel that makes the one the other when it does not answer for some
/// seconds: a busy machine may keep it waiting for one.</summary>
internal sealed class SentinelCluster : IAsyncDisposable
{
    private const string Service = "mymaster";
    private const string Followed = "master-link-status\r\n$2\r\nok";

    /// <summary>A replica is complete as soon as it can be.</summary>
    private static readonly string[] Eager = ["--repl-diskless-sync-delay", "0"];

    private readonly string _folder = Directory.CreateTempSubdirectory("stork-sentinel-").FullName;
    private readonly int _port = FreePort.Find();
    private readonly RedisServer _second;
    private Process? _process;

    private SentinelCluster(RedisServer first)
    {
        First = first;
        _second = RedisServer.Prepare([.. Eager, "--replicaof", "127.0.0.1", $"{first.Port}"]);
    }

    /// <summary>The primary at the beginning.</summary>
    public RedisServer First { get; }

    /// <summary>As the options have it: where Sentinel is, and what the primary is called there.</summary>
    public string Configuration => $"127.0.0.1:{_port},serviceName={Service}";

    public static async Task<SentinelCluster> StartAsync()
    {
        var cluster = await PrepareAsync();
        try
        {
            await cluster.StartSentinelAsync();
            return cluster;
        }
        catch (Exception)
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>One whose Sentinel does not run yet.</summary>
    public static async Task<SentinelCluster> PrepareAsync()
    {
        var cluster = new SentinelCluster(await RedisServer.StartAsync(Eager));
        await cluster._second.StartAgainAsync();
        return cluster;
    }

    public async Task StartSentinelAsync()
    {
        var settings = Path.Combine(_folder, "sentinel.conf");
        await File.WriteAllTextAsync(settings, $"""
            port {_port}
            bind 127.0.0.1
            dir {_folder}
            sentinel monitor {Service} 127.0.0.1 {First.Port} 1
            sentinel down-after-milliseconds {Service} 2500
            sentinel failover-timeout {Service} 10000
            """);
        await UntilAsync(_second, "slave", "the replica has all that the primary has");
        _process = RedisServer.Launch(settings, "--sentinel");
        await Waiting.UntilAsync(async () => (await AskSentinelAsync("REPLICAS")).Contains(Followed), "Sentinel knew the replica");
    }

    /// <summary>As an operator does to maintain the primary: both run, and change their roles.</summary>
    public async Task FailOverAsync() => (await AskSentinelAsync("FAILOVER")).ShouldStartWith("+OK");

    /// <summary>The former primary is there again: takes itself for the primary at first, until Sentinel makes it a replica.</summary>
    public async Task RestartFirstAsync()
    {
        await First.StartAgainAsync();
        await Waiting.UntilAsync(async () => (await First.AskAsync("ROLE")).Contains("slave"), "Sentinel made it a replica");
        await UntilAsync(First, "slave", "the former primary has all that the new one has");
        await Waiting.UntilAsync(async () => (await AskSentinelAsync("REPLICAS")).Contains(Followed), "Sentinel knew it");
    }

    public Task UntilFirstIsPrimaryAsync() => UntilAsync(First, "master", "the first is the primary again");

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            _process.Kill();
            await _process.WaitForExitAsync().Within("the end of Sentinel");
            _process.Dispose();
        }

        await _second.DisposeAsync();
        await First.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private static Task UntilAsync(RedisServer server, string role, string awaited) => Waiting.UntilAsync(
        async () =>
        {
            var state = await server.AskAsync("INFO replication");
            return state.Contains($"role:{role}") && (role == "master" || state.Contains("master_link_status:up"));
        },
        awaited);

    private Task<string> AskSentinelAsync(string command) => RedisServer.AskAsync(_port, $"SENTINEL {command} {Service}");
}
