using System.Diagnostics;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;
using Stork.Redis.ClusterMessages;
using Stork.Redis.Connections;
using Stork.Redis.Diagnostics;
using Stork.Redis.Streams;

namespace Stork.Redis;

/// <summary>The adapter of a namespace over Redis' streams, in the wire format of <c>@socket.io/redis-streams-adapter</c>: servers of
/// Node.js and official emitters take part. <c>AddSocketIO(…).UseRedis(…)</c> makes them where <see cref="RedisAdapterOptions.Mode"/> says
/// so.</summary>
/// <remarks>A stream remembers: what others have written while a server was cut off from Redis comes when it is back. Where
/// <see cref="SocketIOOptions.ConnectionStateRecovery"/> is set, clients recover on any server.</remarks>
[DebuggerDisplay("{Namespace.Name} on {ServerId}")]
public sealed class RedisStreamsAdapter : ClusterAdapter
{
    /// <summary>An event that Redis has taken, and does not give back within this time, is not waited for any longer.</summary>
    private static readonly TimeSpan PatienceWithReader = TimeSpan.FromSeconds(10);

    private readonly RedisConnection _connection;
    private readonly RedisAdapterOptions _options;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly StreamName _name;
    private readonly EntryReaders _readers;
    private readonly EntryWriter _writer;
    private readonly StreamEntryFormat _entries;
    private readonly EphemeralChannels _channels;
    private readonly OwnEntries _own;
    private readonly StreamSessionStore _sessions;
    private readonly StreamListener _listener;
    private readonly StreamListener _twinListener;
    private IConnectionMultiplexer? _multiplexer;

    internal RedisStreamsAdapter(
        Namespace nsp,
        RedisConnection connection,
        EntryReaders readers,
        RedisAdapterOptions options,
        ILogger logger,
        RedisMetrics metrics,
        TimeProvider time)
        : base(nsp, options.ToClusterOptions())
    {
        (_connection, _readers, _options, _logger, _time) = (connection, readers, options, logger, time);
        _name = StreamName.Of(nsp.Name, options.StreamName, options.Streams.StreamCount);
        _writer = new EntryWriter(_name.Name, options.Streams.MaxLength);
        _entries = new StreamEntryFormat(nsp.Name, MaxDepth, options.MaxMessageSize);
        _own = new OwnEntries(Apply);
        var sessions = new SessionFormat(nsp.Name, MaxDepth, options.MaxMessageSize);
        _sessions = new StreamSessionStore(
            nsp.Name, connection, () => _readers.Get(_name.Name), _name.Name, _entries, options, sessions);
        _listener = new StreamListener(this, isOrdering: true);
        _twinListener = new StreamListener(this, isOrdering: false);
        var messages = new ClusterMessageFormat(nsp.Name, MaxDepth);
        var received = new ReceivedQueue(HandleEphemeral, ReceiveTogether, ReportFull, options.MaxQueuedBytes, metrics);
        _channels = new EphemeralChannels(nsp.Name, ServerId, options, messages, received, time);
    }

    /// <inheritdoc/>
    protected override IClusterSessionStore SessionStore => _sessions;

    /// <summary>Number of servers that have the namespace, this one included: as many as subscribe to its channel.</summary>
    /// <exception cref="RedisException">Redis cannot be asked.</exception>
    /// <exception cref="TimeoutException">Redis does not answer.</exception>
    public override async ValueTask<int> GetServerCountAsync(CancellationToken cancellationToken) =>
        await _channels.CountAsync(_multiplexer ?? await _connection.GetAsync(), cancellationToken);

    /// <summary>What clients get of all that is handled leaves in one write per connection.</summary>
    internal static void HandleTogether(Action handle) => ReceiveTogether(handle);

    /// <inheritdoc/>
    protected override async ValueTask OpenAsync(CancellationToken cancellationToken)
    {
        var started = _time.GetTimestamp();
        _multiplexer = await _connection.GetAsync().WaitAsync(cancellationToken);
        var attaching = AttachAsync();
        try
        {
            var failure = await _channels.OpenAsync(_multiplexer, cancellationToken);
            failure ??= await WaitAsync(attaching, _options.OpenTimeout - _time.GetElapsedTime(started), cancellationToken);
            if (failure is not null)
                RedisLog.OpenedWithoutRedis(_logger, failure, _options.OpenTimeout.TotalSeconds, Namespace.Name);
        }
        catch (OperationCanceledException)
        {
            // The namespace goes away, and what has not been opened nobody closes.
            await CloseAsync(CancellationToken.None);
            throw;
        }

        if (_name.Twin is not null) RedisLog.NegativeStream(_logger, Namespace.Name, _name.Name);
    }

    /// <inheritdoc/>
    protected override async ValueTask CloseAsync(CancellationToken cancellationToken)
    {
        _readers.Find(_name.Name)?.Detach(Namespace.Name, _listener);
        if (_name.Twin is { } twin) _readers.Find(twin)?.Detach(Namespace.Name, _twinListener);
        await _channels.CloseAsync(cancellationToken);
        // Sessions of clients that have just been let go of are on their way.
        await _sessions.DrainAsync(cancellationToken);
    }

    /// <inheritdoc/>
    protected override ValueTask PublishAsync(ClusterMessage message)
    {
        if (message is ClusterBroadcast { RequestId: not null } or ClusterFetchSockets or ClusterServerEvent)
            return _channels.PublishAsync(_multiplexer!, message);
        var data = _entries.WriteData(message);
        var entry = _entries.Write(message, data);
        var database = _multiplexer!.GetDatabase();
        return IsSequenced
            ? new ValueTask(PublishInOrderAsync(message, data, () => _writer.AddAsync(database, entry)))
            : new ValueTask(_writer.AddAsync(database, entry));
    }

    /// <inheritdoc/>
    protected override ValueTask RespondAsync(string serverId, ClusterMessage response) =>
        _channels.RespondAsync(_multiplexer!, serverId, response);

    /// <inheritdoc/>
    protected override ValueTask FlushAsync() => new(_own.Drained);

    /// <summary>Sends a message that is done here when the stream brings it back.</summary>
    private async Task PublishInOrderAsync(ClusterMessage message, ReadOnlyMemory<byte> data, Func<Task> send)
    {
        var (entry, sending) = _own.Send(message, data, send);
        // Clients of this server need not wait for a Redis that is away; the others hear of it if it is back in time.
        if (!_multiplexer!.IsConnected) _own.GiveUp(entry);
        try
        {
            await sending;
            await entry.Done.Task.WaitAsync(PatienceWithReader, _time);
        }
        finally
        {
            _own.GiveUp(entry);
        }
    }

    private async Task AttachAsync()
    {
        var attaching = _readers.Get(_name.Name).AttachAsync(Namespace.Name, _listener);
        if (_name.Twin is { } twin) await _readers.Get(twin).AttachAsync(Namespace.Name, _twinListener);
        await attaching;
    }

    private async Task<Exception?> WaitAsync(Task attaching, TimeSpan limit, CancellationToken cancellationToken)
    {
        try
        {
            await attaching.WaitAsync(limit > TimeSpan.Zero ? limit : TimeSpan.Zero, _time, cancellationToken);
            return null;
        }
        catch (TimeoutException exception)
        {
            return exception;
        }
    }

    private void ReportFull() => ReportDropped(
        ClusterDropReason.TooManyPending,
        $"{_options.MaxQueuedBytes} bytes wait, the limit set by {nameof(RedisAdapterOptions.MaxQueuedBytes)}.");

    private void HandleEphemeral(MessageSource source, ReadOnlyMemory<byte> channel, ReadOnlyMemory<byte> bytes) => Receive(bytes, Read);

    private ClusterMessage? Read(ReadOnlyMemory<byte> bytes) =>
        ReceivedMessage.Read(bytes, Namespace.Name, MaxDepth, _options.MaxMessageSize)?.ToMessageFor(ServerId, IsAwaited);

    /// <summary>What the stream brings for this namespace.</summary>
    /// <param name="adapter">The adapter.</param>
    /// <param name="isOrdering">Whether the stream is the one that gives events their order.</param>
    private sealed class StreamListener(RedisStreamsAdapter adapter, bool isOrdering) : IStreamListener
    {
        public void Handle(EventOffset offset, in StreamEntryFields entry)
        {
            var fields = entry;
            if (fields.ServerId != adapter.ServerId)
            {
                adapter.Receive(fields.Data, data => adapter._entries.Read(fields, data), isOrdering ? offset : null);
            }
            else if (adapter.IsSequenced)
            {
                adapter._own.TakeBack(fields.Kind, fields.Data, offset);
            }
        }

        public void Advance(EventOffset offset)
        {
            if (isOrdering) adapter.Advance(offset);
        }
    }
}
