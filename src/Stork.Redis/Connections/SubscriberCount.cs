using StackExchange.Redis;

namespace Stork.Redis.Connections;

/// <summary>How many connections subscribe to a channel; servers count each other by it.</summary>
internal static class SubscriberCount
{
    private const ConnectionFailureType NotConnected = ConnectionFailureType.UnableToConnect;

    /// <summary>Asks all servers of Redis that publish, as each counts its own subscribers.</summary>
    /// <exception cref="RedisException">Redis cannot be asked.</exception>
    /// <exception cref="TimeoutException">Redis does not answer.</exception>
    public static async Task<int> AskAsync(IConnectionMultiplexer multiplexer, RedisChannel channel, CancellationToken cancellationToken)
    {
        var counts = RedisConnection.PublishersOf(multiplexer).Select(server => AskAsync(server, channel)).ToList();
        if (counts.Count == 0) throw new RedisConnectionException(NotConnected, CommandFlags.None, "Redis is not connected.", null);
        return (int)(await Task.WhenAll(counts).WaitAsync(cancellationToken)).Sum();
    }

    private static Task<long> AskAsync(IServer server, RedisChannel channel) =>
        channel.IsSharded ? AskShardedAsync(server, channel) : server.SubscriptionSubscriberCountAsync(channel);

    /// <summary>The client library asks for the other kind only.</summary>
    private static async Task<long> AskShardedAsync(IServer server, RedisChannel channel)
    {
        var answer = await server.ExecuteAsync("PUBSUB", "SHARDNUMSUB", channel);
        return (long)answer[1];
    }
}
