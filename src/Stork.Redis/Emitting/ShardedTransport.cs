using StackExchange.Redis;
using Stork.Redis.ClusterMessages;
using Stork.Redis.Sharded;

namespace Stork.Redis.Emitting;

/// <summary>Over sharded publish/subscribe, as a server of the official adapter would say it that has no sockets.</summary>
/// <remarks>All goes over the channel of all. Which rooms have channels of their own, only servers know; and so messages for rooms cannot
/// overtake those by which sockets join them.</remarks>
internal sealed class ShardedTransport(IConnectionMultiplexer connection, string prefix, string nsp, int maxDepth) : IEmitterTransport
{
    private readonly RedisChannel _all = RedisChannel.Sharded(new ShardedChannels(prefix, nsp).All);
    private readonly ClusterMessageFormat _format = new(nsp, maxDepth);

    public Task SendAsync(ClusterMessage message) =>
        connection.GetSubscriber().PublishAsync(_all, _format.Write(message), CommandFlags.DemandMaster);
}
