using StackExchange.Redis;
using Stork.Redis.ClusterMessages;
using Stork.Redis.Sharded;
using Stork.Redis.Streams;

namespace Stork.Redis.Emitting;

/// <summary>Over a stream, as a server of <c>@socket.io/redis-streams-adapter</c> would say it that has no sockets. Events for servers are
/// not remembered, and go over a channel.</summary>
internal sealed class StreamsTransport(IConnectionMultiplexer connection, RedisEmitterOptions options, string nsp, int maxDepth)
    : IEmitterTransport
{
    private readonly EntryWriter _writer = new(
        StreamName.Of(nsp, options.Streams.StreamName ?? options.KeyPrefix, options.Streams.StreamCount).Name, options.Streams.MaxLength);

    private readonly StreamEntryFormat _entries = new(nsp, maxDepth, maxSize: 0);
    private readonly ClusterMessageFormat _messages = new(nsp, maxDepth);
    private readonly RedisChannel _all = options.Streams.ShardedPubSub
        ? RedisChannel.Sharded(new ShardedChannels(options.KeyPrefix, nsp).All)
        : RedisChannel.Literal(new ShardedChannels(options.KeyPrefix, nsp).All);

    public Task SendAsync(ClusterMessage message) => message is ClusterServerEvent
        ? connection.GetSubscriber().PublishAsync(_all, _messages.WritePacked(message), CommandFlags.DemandMaster)
        : _writer.AddAsync(connection.GetDatabase(), _entries.Write(message, _entries.WriteData(message)));
}
