using System.Globalization;

namespace Stork.Bench.Peers;

/// <summary>Two servers of one kind that are one over a Redis of their own: child processes on one core, ended when disposed.</summary>
internal sealed class ServerCluster : IDisposable
{
    /// <summary>Servers; also how much longer they are warmed up, since they share a core.</summary>
    public const int Size = 2;

    /// <summary>The variable that tells a server where Redis is, and that it is one of several.</summary>
    public const string RedisPort = "REDIS_PORT";

    // Nothing of it is stored: it is a bus.
    private static readonly Peer s_redis = new(
        "redis", "Redis", ".", ["redis-server", "--port", "{port}", "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]);

    private readonly ServerProcess _redis;
    private readonly List<ServerProcess> _servers = [];

    private ServerCluster(ServerProcess redis) => _redis = redis;

    public IReadOnlyList<int> Ports => [.. _servers.Select(static server => server.Port)];

    public IEnumerable<int> ProcessIds => _servers.Select(static server => server.Id);

    public int RedisProcessId => _redis.Id;

    /// <summary>Starts Redis and the servers on this core and returns when all of them accept connections.</summary>
    public static ServerCluster Start(Peer peer, string folder, int core)
    {
        if (Machine.Find(s_redis.Command[0]) is null) throw new BenchmarkException($"servers that are one need {s_redis.Command[0]}");
        var cluster = new ServerCluster(ServerProcess.Start(s_redis, Path.GetTempPath(), core));
        try
        {
            var variables = new Dictionary<string, string>(peer.Environment ?? new Dictionary<string, string>())
            {
                [RedisPort] = cluster._redis.Port.ToString(CultureInfo.InvariantCulture),
            };
            while (cluster._servers.Count < Size)
                cluster._servers.Add(ServerProcess.Start(peer with { Environment = variables }, folder, core));
            return cluster;
        }
        catch
        {
            cluster.Dispose();
            throw;
        }
    }

    /// <summary>What the servers wrote last, to explain a failed run.</summary>
    public string LastLines() => string.Join('\n', _servers.Select(static server => server.LastLines()));

    public void Dispose()
    {
        foreach (var server in _servers)
            server.Dispose();
        _redis.Dispose();
    }
}
