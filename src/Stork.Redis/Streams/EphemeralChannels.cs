using StackExchange.Redis;
using Stork.Redis.ClusterMessages;
using Stork.Redis.Connections;
using Stork.Redis.Sharded;

namespace Stork.Redis.Streams;

/// <summary>The channels beside a stream: what only servers that are there now can answer, and the answers, need not be remembered. By
/// their subscribers servers count each other.</summary>
internal sealed class EphemeralChannels(
    string nsp, string serverId, RedisAdapterOptions options, ClusterMessageFormat messages, ReceivedQueue received, TimeProvider time)
{
    private readonly ShardedChannels _names = new(options.KeyPrefix, nsp);
    private Subscriptions? _subscriptions;

    /// <summary>Subscribes.</summary>
    /// <returns>Why Redis has not confirmed it; null if it has.</returns>
    public async Task<Exception?> OpenAsync(IConnectionMultiplexer multiplexer, CancellationToken cancellationToken)
    {
        _subscriptions = new Subscriptions(multiplexer.GetSubscriber(), time, options.OpenTimeout);
        received.AddAllOf(await _subscriptions.AddAsync(ChannelOf(serverId), cancellationToken), MessageSource.Answers);
        // The last: who is counted has to answer.
        received.AddAllOf(await _subscriptions.AddAsync(Channel(_names.All), cancellationToken), MessageSource.All);
        received.Start();
        return _subscriptions.Failure;
    }

    public async Task CloseAsync(CancellationToken cancellationToken)
    {
        if (_subscriptions is null) return;
        await _subscriptions.RemoveAllAsync(cancellationToken);
        await received.StopAsync(cancellationToken);
    }

    public ValueTask PublishAsync(IConnectionMultiplexer multiplexer, ClusterMessage message) =>
        SendAsync(multiplexer, Channel(_names.All), message);

    public ValueTask RespondAsync(IConnectionMultiplexer multiplexer, string to, ClusterMessage response) =>
        SendAsync(multiplexer, ChannelOf(to), response);

    /// <summary>Counts the servers that have the namespace.</summary>
    /// <exception cref="RedisException">Redis cannot be asked.</exception>
    public Task<int> CountAsync(IConnectionMultiplexer multiplexer, CancellationToken cancellationToken) =>
        SubscriberCount.AskAsync(multiplexer, Channel(_names.All), cancellationToken);

    /// <summary>Official servers read nothing but MessagePack here.</summary>
    private ValueTask SendAsync(IConnectionMultiplexer multiplexer, RedisChannel channel, ClusterMessage message) =>
        new(multiplexer.GetSubscriber().PublishAsync(channel, messages.WritePacked(message), CommandFlags.DemandMaster));

    private RedisChannel ChannelOf(string server) => Channel(_names.AnswersTo(server));

    private RedisChannel Channel(string name) => options.Streams.ShardedPubSub ? RedisChannel.Sharded(name) : RedisChannel.Literal(name);
}
