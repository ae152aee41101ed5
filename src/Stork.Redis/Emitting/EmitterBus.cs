using StackExchange.Redis;

namespace Stork.Redis.Emitting;

/// <summary>What all namespaces of an emitter share: the connection, how arguments become JSON, and how much may be on its way.</summary>
internal sealed class EmitterBus
{
    /// <summary>As deep as servers take JSON by default.</summary>
    private const int MaxDepth = 64;

    private readonly RedisEmitterOptions _options;
    private int _pendingMessages;

    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    public EmitterBus(IConnectionMultiplexer connection, RedisEmitterOptions options)
    {
        ArgumentNullException.ThrowIfNull(connection);
        if (options.FindFaults().FirstOrDefault() is { } fault) throw new ArgumentException(fault, nameof(options));
        Connection = connection;
        Serializer = new EventSerializer(options.JsonSerializerOptions, MaxDepth, options.MaxAttachments);
        _options = options.Copy();
    }

    public IConnectionMultiplexer Connection { get; }

    public EventSerializer Serializer { get; }

    public IEmitterTransport CreateTransport(string nsp) => _options.Mode switch
    {
        RedisAdapterMode.Sharded => new ShardedTransport(Connection, _options.KeyPrefix, nsp, MaxDepth),
        RedisAdapterMode.Streams => new StreamsTransport(Connection, _options, nsp, MaxDepth),
        _ => new PubSubTransport(Connection, _options.KeyPrefix, nsp, MaxDepth),
    };

    /// <summary>Sends a message, if not too many are on their way.</summary>
    /// <exception cref="InvalidOperationException">There are too many.</exception>
    public ValueTask SendAsync(IEmitterTransport transport, ClusterMessage message)
    {
        // While Redis is away, the client library would keep whatever it is given for as long as a command may take.
        if (Interlocked.Increment(ref _pendingMessages) > _options.MaxPendingMessages)
        {
            Interlocked.Decrement(ref _pendingMessages);
            throw new InvalidOperationException(
                $"{_options.MaxPendingMessages} messages are on their way to Redis, the limit set by "
                + $"{nameof(RedisEmitterOptions)}.{nameof(RedisEmitterOptions.MaxPendingMessages)}.");
        }

        return new ValueTask(SendCountedAsync(transport, message));
    }

    private async Task SendCountedAsync(IEmitterTransport transport, ClusterMessage message)
    {
        try
        {
            await transport.SendAsync(message).ConfigureAwait(false);
        }
        finally
        {
            Interlocked.Decrement(ref _pendingMessages);
        }
    }
}
