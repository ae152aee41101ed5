namespace Stork.Redis;

/// <summary>By what means of Redis servers speak to each other. All servers of a cluster work in the same mode: those of different ones do
/// not hear of each other.</summary>
public enum RedisAdapterMode
{
    /// <summary>Publish/subscribe, as <c>createAdapter</c> of <c>@socket.io/redis-adapter</c>; <see cref="RedisPubSubAdapter"/>.</summary>
    PubSub,

    /// <summary>Sharded publish/subscribe, as <c>createShardedAdapter</c> of <c>@socket.io/redis-adapter</c>: spreads the messages of a
    /// Redis Cluster over its nodes. Redis 7 or later; <see cref="RedisShardedAdapter"/>.</summary>
    Sharded,

    /// <summary>Streams, as <c>@socket.io/redis-streams-adapter</c>: what others have written while a server was cut off from Redis comes
    /// when it is back, and clients recover on any server; <see cref="RedisStreamsAdapter"/>.</summary>
    Streams,
}
