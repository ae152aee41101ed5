using System.Diagnostics;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;
using Stork.Redis.Connections;
using Stork.Redis.Diagnostics;
using Stork.Redis.PubSub;
using Stork.Redis.Sharded;

namespace Stork.Redis;

/// <summary>The adapter of a namespace over Redis' publish/subscribe, in the wire format of <c>@socket.io/redis-adapter</c>: servers of
/// Node.js and official emitters take part. <c>AddSocketIO(…).UseRedis(…)</c> makes them.</summary>
/// <remarks>Redis remembers no messages: what is published while a server is cut off from it never reaches that server.</remarks>
[DebuggerDisplay("{Namespace.Name} on {ServerId}")]
public sealed class RedisPubSubAdapter : ClusterAdapter
{
    private readonly RedisConnection _connection;
    private readonly RedisAdapterOptions _options;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly PubSubChannels _channels;
    private readonly BroadcastFormat _broadcasts;
    private readonly RequestFormat _requests;
    private readonly RoomRequests _roomRequests;
    private readonly ReceivedQueue _received;
    private IConnectionMultiplexer? _multiplexer;
    private Subscriptions? _subscriptions;
    private int _answering;

    internal RedisPubSubAdapter(
        Namespace nsp, RedisConnection connection, RedisAdapterOptions options, ILogger logger, RedisMetrics metrics, TimeProvider time)
        : base(nsp, options.ToClusterOptions())
    {
        _connection = connection;
        _options = options;
        _logger = logger;
        _time = time;
        _channels = new PubSubChannels(options.KeyPrefix, nsp.Name, ServerId);
        _broadcasts = new BroadcastFormat(nsp.Name, MaxDepth, options.MaxMessageSize);
        _requests = new RequestFormat(MaxDepth);
        _roomRequests = new RoomRequests(options.MaxPendingRequests);
        _received = new ReceivedQueue(Handle, ReceiveTogether, ReportFull, options.MaxQueuedBytes, metrics);
    }

    /// <summary>Number of servers that have the namespace, this one included: as many as subscribe to its requests.</summary>
    /// <exception cref="RedisException">Redis cannot be asked.</exception>
    /// <exception cref="TimeoutException">Redis does not answer.</exception>
    public override async ValueTask<int> GetServerCountAsync(CancellationToken cancellationToken)
    {
        var multiplexer = _multiplexer ?? await _connection.GetAsync().WaitAsync(_options.RequestTimeout, _time, cancellationToken);
        return await SubscriberCount.AskAsync(multiplexer, RedisChannel.Literal(_channels.Request), cancellationToken);
    }

    /// <summary>The rooms of all servers, the ids of sockets among them.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="InvalidOperationException">More wait than <see cref="RedisAdapterOptions.MaxPendingRequests"/> allows.</exception>
    /// <exception cref="RedisException">Redis cannot be asked.</exception>
    /// <exception cref="TimeoutException">Redis does not answer.</exception>
    public async ValueTask<RoomList> GetAllRoomsAsync(CancellationToken cancellationToken = default)
    {
        var others = await GetServerCountAsync(cancellationToken) - 1;
        if (others <= 0) return new RoomList(GetOwnRooms(), 0);
        var requestId = Guid.NewGuid().ToString("N");
        var request = _roomRequests.Add(requestId, others);
        try
        {
            await SendAsync(_channels.Request, _requests.WriteAllRooms(ServerId, requestId));
            await request.Completion.WaitAsync(_options.RequestTimeout, _time, cancellationToken);
        }
        catch (TimeoutException)
        {
            // Who has answered is heard.
        }
        finally
        {
            _roomRequests.Remove(requestId);
        }

        return request.ToList(GetOwnRooms());
    }

    /// <inheritdoc/>
    protected override async ValueTask OpenAsync(CancellationToken cancellationToken)
    {
        _multiplexer = await _connection.GetAsync().WaitAsync(cancellationToken);
        _subscriptions = new Subscriptions(_multiplexer.GetSubscriber(), _time, _options.OpenTimeout);
        try
        {
            await SubscribeAsync(_subscriptions, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // The namespace goes away, and what has not been opened nobody closes.
            await CloseAsync(CancellationToken.None);
            throw;
        }

        _received.Start();
        if (_subscriptions.Failure is { } failure)
            RedisLog.OpenedWithoutRedis(_logger, failure, _options.OpenTimeout.TotalSeconds, Namespace.Name);
        var others = RedisChannel.Sharded(new ShardedChannels(_options.KeyPrefix, Namespace.Name).All);
        _ = OtherMode.WarnAsync(_multiplexer, RedisAdapterMode.Sharded, others, Namespace.Name, _options, _logger);
    }

    /// <inheritdoc/>
    protected override async ValueTask CloseAsync(CancellationToken cancellationToken)
    {
        await _subscriptions!.RemoveAllAsync(cancellationToken);
        await _received.StopAsync(cancellationToken);
    }

    /// <inheritdoc/>
    protected override ValueTask PublishAsync(ClusterMessage message) => message switch
    {
        ClusterBroadcast { RequestId: null } it => SendAsync(_channels.For(it.Options.Rooms), _broadcasts.Write(it)),
        ClusterBroadcast it => SendAsync(_channels.Request, _broadcasts.WriteRequest(it)),
        _ => SendAsync(_channels.Request, _requests.Write(message)),
    };

    /// <inheritdoc/>
    protected override ValueTask RespondAsync(string serverId, ClusterMessage response) =>
        SendAsync(AnswerChannelOf(serverId), _requests.WriteAnswer(response));

    private async Task SubscribeAsync(Subscriptions subscriptions, CancellationToken cancellationToken)
    {
        var answers = RedisChannel.Literal(_channels.Response);
        var ownAnswers = RedisChannel.Literal(_channels.OwnResponse);
        var all = RedisChannel.Pattern(_channels.Pattern);
        _received.AddAllOf(await subscriptions.AddAsync(answers, cancellationToken), MessageSource.Answers);
        _received.AddAllOf(await subscriptions.AddAsync(ownAnswers, cancellationToken), MessageSource.Answers);
        _received.AddAllOf(await subscriptions.AddAsync(all, cancellationToken), MessageSource.All);
        // By this one servers count each other: it is the last, since who is counted has to answer. Its messages come by the pattern as
        // well, and are taken there.
        await subscriptions.AddIgnoredAsync(RedisChannel.Literal(_channels.Request), cancellationToken);
    }

    private string AnswerChannelOf(string serverId) =>
        _options.AnswerOnOwnChannel && serverId != PubSubRequest.Nameless ? _channels.ResponseTo(serverId) : _channels.Response;

    private ValueTask SendAsync(string channel, ReadOnlyMemory<byte> bytes)
    {
        // A replica would take it, and tell nobody.
        var subscriber = _multiplexer!.GetSubscriber();
        return new ValueTask(subscriber.PublishAsync(RedisChannel.Literal(channel), bytes, CommandFlags.DemandMaster));
    }

    private void ReportFull() => ReportDropped(
        ClusterDropReason.TooManyPending,
        $"{_options.MaxQueuedBytes} bytes wait, the limit set by {nameof(RedisAdapterOptions.MaxQueuedBytes)}.");

    private void Handle(MessageSource source, ReadOnlyMemory<byte> channel, ReadOnlyMemory<byte> bytes)
    {
        if (source == MessageSource.Answers)
        {
            Receive(bytes, ReadAnswer);
        }
        else if (_channels.IsRequest(channel.Span))
        {
            Receive(bytes, ReadRequest);
        }
        else if (_channels.TryGetRoom(channel.Span, out var room) && (room.Length == 0 || HasSocketsIn(room)))
        {
            // Broadcasts to one room concern few servers: the others have seen by the channel's name that they need not read it.
            Receive(bytes, _broadcasts.Read);
        }
    }

    private ClusterMessage? ReadRequest(ReadOnlyMemory<byte> bytes)
    {
        var request = PubSubRequest.Read(bytes, MaxDepth, _options.MaxMessageSize);
        if (request.ServerId == ServerId) return null;
        if (request.RequestId is { } requestId && AnswerNames(request, requestId) is { } answer) Answer(request, answer);
        return request.ToMessage();
    }

    /// <summary>The answer to what adapters in general do not know; null if it is none of that.</summary>
    private ReadOnlyMemory<byte>? AnswerNames(PubSubRequest request, string requestId) => request switch
    {
        { Type: RequestType.AllRooms } => _requests.WriteNames(requestId, "rooms", GetOwnRooms()),
        { Type: RequestType.Sockets } => _requests.WriteNames(requestId, "sockets", GetOwnIds(request.Fields.ReadTexts("rooms"))),
        { IsForOneSocket: true } when Namespace.TryGetSocket(request.Fields.FindText("sid") ?? "", out _) =>
            _requests.WriteNames(requestId),
        // Not a bare null, which would become empty memory.
        _ => default(ReadOnlyMemory<byte>?),
    };

    private ClusterMessage? ReadAnswer(ReadOnlyMemory<byte> bytes)
    {
        var answer = PubSubAnswer.Read(bytes, MaxDepth, _options.MaxMessageSize);
        if (answer is null) return null;
        if (_roomRequests.Find(answer.RequestId) is { } request && answer.FindRooms() is { } rooms) request.Add(rooms);
        return IsAwaited(answer.RequestId) ? answer.ToMessage() : null;
    }

    private void Answer(PubSubRequest request, ReadOnlyMemory<byte> answer)
    {
        if (Interlocked.Increment(ref _answering) > _options.MaxPendingRequests)
        {
            Interlocked.Decrement(ref _answering);
            ReportDropped(ClusterDropReason.TooManyPending);
            return;
        }

        _ = SendAnswerAsync(AnswerChannelOf(request.ServerId), answer);
    }

    private async Task SendAnswerAsync(string channel, ReadOnlyMemory<byte> answer)
    {
        try
        {
            await SendAsync(channel, answer);
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException)
        {
            ReportDropped(ClusterDropReason.NotSent, exception.Message);
        }
        finally
        {
            Interlocked.Decrement(ref _answering);
        }
    }

    private HashSet<string> GetOwnRooms() => [.. GetRooms(), .. Namespace.Sockets.Select(static socket => socket.Id)];

    private IEnumerable<string> GetOwnIds(string[] rooms) => Namespace.Sockets
        .Where(socket => rooms.Length == 0 || GetRooms(socket).Any(room => rooms.Contains(room, StringComparer.Ordinal)))
        .Select(static socket => socket.Id);
}
