using StackExchange.Redis;

namespace Stork.Redis.Emitting;

/// <summary>What all namespaces of an emitter share: the connection, how arguments become JSON, and how much may be on its way.</summary>
internal sealed class EmitterBus
{
    private readonly int _maxPendingMessages;
    private int _pendingMessages;

    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    public EmitterBus(IConnectionMultiplexer connection, RedisEmitterOptions options)
    {
        ArgumentNullException.ThrowIfNull(connection);
        if (options.FindFaults().FirstOrDefault() is { } fault) throw new ArgumentException(fault, nameof(options));
        Connection = connection;
        KeyPrefix = options.KeyPrefix;
        Serializer = new EventSerializer(options.JsonSerializerOptions, maxAttachments: options.MaxAttachments);
        _maxPendingMessages = options.MaxPendingMessages;
    }

    public IConnectionMultiplexer Connection { get; }

    public string KeyPrefix { get; }

    public EventSerializer Serializer { get; }

    /// <summary>Publishes; what one thread publishes stays in its order.</summary>
    /// <exception cref="InvalidOperationException">Too many messages are on their way.</exception>
    public ValueTask PublishAsync(string channel, ReadOnlyMemory<byte> bytes)
    {
        // While Redis is away, the client library would keep whatever it is given for as long as a command may take.
        if (Interlocked.Increment(ref _pendingMessages) > _maxPendingMessages)
        {
            Interlocked.Decrement(ref _pendingMessages);
            throw new InvalidOperationException(
                $"{_maxPendingMessages} messages are on their way to Redis, the limit set by "
                + $"{nameof(RedisEmitterOptions)}.{nameof(RedisEmitterOptions.MaxPendingMessages)}.");
        }

        return new ValueTask(SendAsync(channel, bytes));
    }

    private async Task SendAsync(string channel, ReadOnlyMemory<byte> bytes)
    {
        try
        {
            // A replica would take it, and tell nobody.
            var subscriber = Connection.GetSubscriber();
            await subscriber.PublishAsync(RedisChannel.Literal(channel), bytes, CommandFlags.DemandMaster).ConfigureAwait(false);
        }
        finally
        {
            Interlocked.Decrement(ref _pendingMessages);
        }
    }
}
