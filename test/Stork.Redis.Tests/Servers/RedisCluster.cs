using StackExchange.Redis;
using Stork.Interop.Tests.Network;

namespace Stork.Redis.Tests.Servers;

/// <summary>A Redis Cluster: three masters, each with a third of the slots, without replicas.</summary>
internal sealed class RedisCluster : IAsyncDisposable
{
    private const int Slots = 16_384;

    private readonly List<RedisServer> _masters = [];
    private readonly List<int> _busPorts = [];

    private RedisCluster()
    {
    }

    public IReadOnlyList<RedisServer> Masters => _masters;

    public string Configuration => string.Join(',', _masters.Select(static master => master.Configuration));

    /// <summary>Skips the test, with the reason, where there is no Redis.</summary>
    public static async Task<RedisCluster> StartAsync()
    {
        var cluster = new RedisCluster();
        try
        {
            for (var i = 0; i < 3; i++) await cluster.StartMasterAsync();
            for (var i = 0; i < 3; i++) await cluster.JoinAsync(i);
            foreach (var master in cluster._masters)
                await Waiting.UntilAsync(async () => await IsWholeAsync(master), "all masters knew of all slots");
        }
        catch (Exception)
        {
            await cluster.DisposeAsync();
            throw;
        }

        return cluster;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var master in _masters) await master.DisposeAsync();
    }

    private static Task<ConnectionMultiplexer> ConnectAsync(RedisServer master) =>
        ConnectionMultiplexer.ConnectAsync($"{master.Configuration},allowAdmin=true");

    private static async Task<bool> IsWholeAsync(RedisServer master)
    {
        await using var connection = await ConnectAsync(master);
        var state = (string)(await connection.GetServers().First(it => EndsWith(it, master)).ExecuteAsync("CLUSTER", "INFO"))!;
        return state.Contains("cluster_state:ok", StringComparison.Ordinal)
            && state.Contains("cluster_known_nodes:3", StringComparison.Ordinal);
    }

    private static bool EndsWith(IServer server, RedisServer master) =>
        server.EndPoint.ToString()!.EndsWith($":{master.Port}", StringComparison.Ordinal);

    private async Task StartMasterAsync()
    {
        // Otherwise 10,000 above the other one, where there may be no port.
        var busPort = FreePort.Find();
        _masters.Add(await RedisServer.StartAsync(
            "--cluster-enabled", "yes", "--cluster-node-timeout", "1000", "--cluster-port", $"{busPort}"));
        _busPorts.Add(busPort);
    }

    private async Task JoinAsync(int number)
    {
        await using var connection = await ConnectAsync(_masters[number]);
        var server = connection.GetServers().First(it => EndsWith(it, _masters[number]));
        var (first, next) = (Slots * number / 3, Slots * (number + 1) / 3);
        // Configuration epochs must differ, and they have no others to agree with yet.
        await server.ExecuteAsync("CLUSTER", "SET-CONFIG-EPOCH", number + 1);
        await server.ExecuteAsync("CLUSTER", "ADDSLOTSRANGE", first, next - 1);
        for (var other = 0; other < number; other++)
            await server.ExecuteAsync("CLUSTER", "MEET", "127.0.0.1", _masters[other].Port, _busPorts[other]);
    }
}
