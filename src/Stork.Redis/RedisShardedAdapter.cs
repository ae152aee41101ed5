using System.Diagnostics;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;
using Stork.Redis.ClusterMessages;
using Stork.Redis.Connections;
using Stork.Redis.Diagnostics;
using Stork.Redis.PubSub;
using Stork.Redis.Sharded;
using Stork.Redis.Wire;

namespace Stork.Redis;

/// <summary>The adapter of a namespace over Redis' sharded publish/subscribe, in the wire format of <c>createShardedAdapter</c> of
/// <c>@socket.io/redis-adapter</c>. <c>AddSocketIO(…).UseRedis(…)</c> makes them in mode <see cref="RedisAdapterMode.Sharded"/>.</summary>
/// <remarks>Redis remembers no messages, and keeps the order within one channel only.</remarks>
[DebuggerDisplay("{Namespace.Name} on {ServerId}")]
public sealed class RedisShardedAdapter : ClusterAdapter
{
    private readonly RedisConnection _connection;
    private readonly RedisAdapterOptions _options;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly ShardedChannels _channels;
    private readonly ClusterMessageFormat _format;
    private readonly SettlingRooms _settling;
    private readonly ReceivedQueue _received;
    private IConnectionMultiplexer? _multiplexer;
    private ShardedSubscriptions? _subscriptions;
    private RoomChannels? _rooms;

    internal RedisShardedAdapter(
        Namespace nsp, RedisConnection connection, RedisAdapterOptions options, ILogger logger, RedisMetrics metrics, TimeProvider time)
        : base(nsp, options.ToClusterOptions())
    {
        _connection = connection;
        _options = options;
        _logger = logger;
        _time = time;
        _channels = new ShardedChannels(options.KeyPrefix, nsp.Name);
        _format = new ClusterMessageFormat(nsp.Name, MaxDepth);
        _settling = new SettlingRooms(time);
        _received = new ReceivedQueue(
            (_, _, bytes) => Receive(bytes, Read), ReceiveTogether, ReportFull, options.MaxQueuedBytes, metrics);
    }

    /// <summary>Number of servers that have the namespace, this one included: as many as subscribe to the channel of all.</summary>
    /// <exception cref="RedisException">Redis cannot be asked.</exception>
    /// <exception cref="TimeoutException">Redis does not answer.</exception>
    public override async ValueTask<int> GetServerCountAsync(CancellationToken cancellationToken)
    {
        var multiplexer = _multiplexer ?? await _connection.GetAsync().WaitAsync(_options.RequestTimeout, _time, cancellationToken);
        return await SubscriberCount.AskAsync(multiplexer, RedisChannel.Sharded(_channels.All), cancellationToken);
    }

    /// <inheritdoc/>
    public override ValueTask AddAsync(Socket socket, IReadOnlyList<string> rooms)
    {
        var adding = base.AddAsync(socket, rooms);
        if (_rooms is not { } channels) return adding;
        // Whoever has joined a room gets what is sent to it from now on, so Redis has to know of its channel first.
        List<Task>? pending = null;
        foreach (var room in rooms)
        {
            if (channels.FindPending(room) is { } update) (pending ??= []).Add(update);
        }

        return pending is null ? adding : WaitAsync(adding, pending);
    }

    /// <inheritdoc/>
    protected override async ValueTask OpenAsync(CancellationToken cancellationToken)
    {
        _multiplexer = await _connection.GetAsync().WaitAsync(cancellationToken);
        var bus = new RedisChannelBus(_multiplexer.GetSubscriber(), _received);
        if (_options.SubscriptionMode != RedisSubscriptionMode.Static) _rooms = CreateRooms(bus);
        _subscriptions = new ShardedSubscriptions(_channels, ServerId, bus, _rooms, _time);
        try
        {
            await _subscriptions.OpenAsync().WaitAsync(_options.OpenTimeout, _time, cancellationToken);
        }
        catch (TimeoutException)
        {
            // Made up for when Redis answers.
        }
        catch (OperationCanceledException)
        {
            // The namespace goes away, and what has not been opened nobody closes.
            await CloseAsync(CancellationToken.None);
            throw;
        }

        _received.Start();
        if (!_subscriptions.IsConfirmed)
            RedisLog.OpenedWithoutRedis(_logger, bus.Failure, _options.OpenTimeout.TotalSeconds, Namespace.Name);
        var others = RedisChannel.Literal(new PubSubChannels(_options.KeyPrefix, Namespace.Name, ServerId).Request);
        _ = OtherMode.WarnAsync(_multiplexer, RedisAdapterMode.PubSub, others, Namespace.Name, _options, _logger);
    }

    /// <inheritdoc/>
    protected override async ValueTask CloseAsync(CancellationToken cancellationToken)
    {
        await _subscriptions!.CloseAsync().WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _received.StopAsync(cancellationToken);
    }

    /// <inheritdoc/>
    protected override ValueTask PublishAsync(ClusterMessage message)
    {
        if (message is ClusterJoin join) _settling.Add(join.Rooms);
        else if (message is ClusterLeave leave) _settling.Add(leave.Rooms);
        return SendAsync(ChannelFor(message), message);
    }

    /// <inheritdoc/>
    protected override ValueTask RespondAsync(string serverId, ClusterMessage response) =>
        SendAsync(_channels.AnswersTo(serverId), response);

    private RoomChannels CreateRooms(RedisChannelBus bus)
    {
        var rooms = new RoomChannels(_channels, bus, HasSocketsIn);
        RoomCreated += rooms.Update;
        RoomDeleted += rooms.Update;
        return rooms;
    }

    private async ValueTask WaitAsync(ValueTask adding, List<Task> pending)
    {
        await adding;
        await Task.WhenAll(pending).WaitAsync(_options.OpenTimeout, _time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Broadcasts to one room come by its own channel, unless the servers are still about to let sockets into it.</summary>
    private string ChannelFor(ClusterMessage message) =>
        _rooms is not null && message is ClusterBroadcast { RequestId: null } broadcast
        && OneRoom.Find(broadcast.Options.Rooms) is { } room && ShardedChannels.HasOwn(room) && !_settling.Contains(room)
            ? _channels.Of(room)
            : _channels.All;

    private ValueTask SendAsync(string channel, ClusterMessage message)
    {
        // A replica would take it, and tell nobody.
        var subscriber = _multiplexer!.GetSubscriber();
        return new ValueTask(
            subscriber.PublishAsync(RedisChannel.Sharded(channel), _format.Write(message), CommandFlags.DemandMaster));
    }

    private void ReportFull() => ReportDropped(
        ClusterDropReason.TooManyPending,
        $"{_options.MaxQueuedBytes} bytes wait, the limit set by {nameof(RedisAdapterOptions.MaxQueuedBytes)}.");

    private ClusterMessage? Read(ReadOnlyMemory<byte> bytes) =>
        ReceivedMessage.Read(bytes, Namespace.Name, MaxDepth, _options.MaxMessageSize)?.ToMessageFor(ServerId, IsAwaited);
}
