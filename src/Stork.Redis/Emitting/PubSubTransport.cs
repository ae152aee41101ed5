using StackExchange.Redis;
using Stork.Redis.PubSub;

namespace Stork.Redis.Emitting;

/// <summary>Over publish/subscribe, in the format of <c>@socket.io/redis-emitter</c>.</summary>
internal sealed class PubSubTransport(IConnectionMultiplexer connection, string prefix, string nsp, int maxDepth) : IEmitterTransport
{
    private readonly PubSubChannels _channels = new(prefix, nsp, ClusterMessage.EmitterId);
    private readonly BroadcastFormat _broadcasts = new(nsp, maxDepth, maxSize: 0);
    private readonly RequestFormat _requests = new(maxDepth);

    public Task SendAsync(ClusterMessage message) => message switch
    {
        ClusterBroadcast it => PublishAsync(_channels.For(it.Options.Rooms), _broadcasts.Write(it)),
        // The official emitter gives its name with events for servers only.
        ClusterServerEvent it => PublishAsync(_channels.Request, _requests.Write(it)),
        _ => PublishAsync(_channels.Request, _requests.Write(message with { ServerId = "" })),
    };

    /// <summary>A replica would take it, and tell nobody.</summary>
    private Task<long> PublishAsync(string channel, ReadOnlyMemory<byte> bytes) =>
        connection.GetSubscriber().PublishAsync(RedisChannel.Literal(channel), bytes, CommandFlags.DemandMaster);
}
