using System.Diagnostics;
using Stork.SocketIO.Clustering;
using Stork.Wire;

namespace Stork;

/// <summary>
/// The adapter of a server among others: everything that servers do together, except for how their messages travel. Whoever derives from it
/// opens and closes a bus, writes a <see cref="ClusterMessage"/> on it, and hands over those that come.
/// </summary>
/// <remarks>
/// <para>It does what the official cluster adapters do, with and without heartbeats. Requests end after a limit and name the servers that
/// have not answered; foreign, malformed and oversized messages are dropped, counted and logged, and never throw into the loop that
/// brings them; a bus that is out of order keeps nothing from the sockets of this server.</para>
/// <para>Messages of one server are handled in the order they are handed over. The bus has to keep that order, and to bring each message
/// once: one that comes twice is delivered twice, except for what servers themselves answer to requests.</para>
/// </remarks>
/// <example>
/// <code>
/// sealed class BusAdapter(Namespace nsp, Bus bus) : ClusterAdapter(nsp)
/// {
///     protected override ValueTask OpenAsync(CancellationToken cancellationToken) =>
///         bus.SubscribeAsync(Namespace.Name, bytes => Receive(bytes, Format.Read), cancellationToken);
///
///     protected override ValueTask CloseAsync(CancellationToken cancellationToken) =>
///         bus.UnsubscribeAsync(Namespace.Name, cancellationToken);
///
///     protected override ValueTask PublishAsync(ClusterMessage message) => bus.PublishAsync(Namespace.Name, Format.Write(message));
///
///     protected override ValueTask RespondAsync(string serverId, ClusterMessage response) => PublishAsync(response);
/// }
/// </code>
/// </example>
[DebuggerDisplay("{Namespace.Name} on {ServerId}: {ServerIds.Count} other servers")]
public abstract partial class ClusterAdapter : InMemoryAdapter
{
    /// <summary>A goodbye that the bus does not take must not use up the time to close it.</summary>
    private static readonly TimeSpan GoodbyeLimit = TimeSpan.FromSeconds(1);

    private readonly ClusterMembers _members;
    private readonly PendingRequests _requests;
    private readonly ClusterReports _reports;
    private readonly ClusterOutbox _outbox;
    private readonly ClusterReceiver _receiver;
    private readonly Heartbeat _heartbeat;
    private volatile bool _isOpen;
    private volatile bool _isStopped;
    private int _closings;

    /// <summary>Creates the adapter of a namespace.</summary>
    /// <param name="nsp">The namespace.</param>
    /// <param name="options">Limits; null for the defaults.</param>
    /// <param name="serverId">What this server is called among the others, in this namespace, for as long as the adapter lives; null for 16
    /// random hexadecimal digits, as in the original. Never the same for two servers, nor for a server and its successor.</param>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    protected ClusterAdapter(Namespace nsp, ClusterAdapterOptions? options = null, string? serverId = null)
        : base(nsp)
    {
        Options = (options ?? new ClusterAdapterOptions()).Freeze();
        ServerId = serverId ?? PendingRequests.NewId();
        var engine = nsp.Server.Engine;
        _members = new ClusterMembers(engine.Time, Options.HeartbeatTimeout, Options.MaxServers);
        _requests = new PendingRequests(Options.MaxPendingRequests);
        _reports = new ClusterReports(nsp, engine.Metrics, engine.Time);
        _outbox = new ClusterOutbox(Options.MaxPendingMessages, Dispatch, OnDropped, _reports);
        _receiver = new ClusterReceiver(this, _outbox, _requests, _reports);
        _heartbeat = new Heartbeat(engine.Wheel, engine.Time, Options.HeartbeatInterval, Beat, ReviewMembers);
    }

    /// <summary>What this server is called among the others, in this namespace.</summary>
    public string ServerId { get; }

    /// <summary>The other servers that were heard of, at the moment of the call; always empty without heartbeats.</summary>
    public IReadOnlyList<string> ServerIds => _members.Ids;

    /// <summary>A copy of the options it was made with.</summary>
    protected internal ClusterAdapterOptions Options { get; }

    /// <summary>How deep JSON may be nested that is handed over (<see cref="SocketIOOptions.MaxJsonDepth"/>): what reads a format of its
    /// own stops there.</summary>
    protected int MaxDepth => Namespace.Server.Engine.Limits.MaxJsonDepth;

    private TimeProvider Time => Namespace.Server.Engine.Time;

    /// <inheritdoc/>
    public sealed override async ValueTask StartAsync(CancellationToken cancellationToken)
    {
        await OpenAsync(cancellationToken);
        _isOpen = true;
        if (_isStopped)
        {
            await CloseOnceAsync(cancellationToken);
            throw new OperationCanceledException("The namespace has gone.");
        }

        _outbox.Open();
        if (!Options.Heartbeats) return;
        _ = SendAsync(new ClusterHello { ServerId = ServerId });
        _heartbeat.Start();
    }

    /// <inheritdoc/>
    public sealed override async ValueTask StopAsync(CancellationToken cancellationToken)
    {
        _isStopped = true;
        _heartbeat.Stop();
        // Clients that are leaving owe nothing any more, and the others need not wait for this server.
        _receiver.End();
        var goodbye = _isOpen && Options.Heartbeats ? _outbox.SendAsync(new ClusterGoodbye { ServerId = ServerId }) : default;
        _outbox.Close();
        _requests.End();
        await goodbye.AsTask().WaitAsync(GoodbyeLimit, Time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await CloseOnceAsync(cancellationToken);
    }

    /// <summary>Number of servers that answer to a request, this one included. Override it where
    /// <see cref="ClusterAdapterOptions.Heartbeats"/> are off: what it throws then, or <see cref="TimeoutException"/> beyond the
    /// request's limit, whoever asks the servers gets.</summary>
    public override ValueTask<int> GetServerCountAsync(CancellationToken cancellationToken) => new(1 + _members.Count);

    /// <inheritdoc/>
    public override ValueTask BroadcastAsync(BroadcastPacket packet, BroadcastOptions options)
    {
        var sending = base.BroadcastAsync(packet, options);
        return options.Local ? sending : PublishEventAsync(packet.Event, options);
    }

    /// <inheritdoc/>
    public override async ValueTask BroadcastWithAckAsync(
        BroadcastPacket packet, BroadcastOptions options, IBroadcastAcknowledgements acknowledgements)
    {
        ArgumentNullException.ThrowIfNull(packet);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(acknowledgements);
        if (options.Local)
        {
            await base.BroadcastWithAckAsync(packet, options, acknowledgements);
            return;
        }

        var finding = FindOthersAsync(Options.RequestTimeout, CancellationToken.None);
        var isCounted = finding.IsCompletedSuccessfully;
        var requestId = isCounted && finding.Result.Count == 0 ? null : PendingRequests.NewId();
        if (requestId is not null)
        {
            if (isCounted) acknowledgements.ExpectServers(finding.Result.Count, finding.Result.Ids);
            else acknowledgements.ExpectServers(0, []);
            _requests.Add(requestId, new AcknowledgementRequest(acknowledgements, Namespace.Server.Serializer));
            _ = _requests.RemoveWhenAsync(acknowledgements.Ended, requestId);
        }

        // Not after the bus has told how many servers there are: events keep their order, and the sockets of this server get them
        // though the bus is out of order.
        var asked = Ask(packet, options, acknowledgements);
        // Also without an answer to wait for: a server that nobody has heard of yet delivers it all the same.
        var sending = SendAsync(
            new ClusterBroadcast { ServerId = ServerId, Options = options, Event = packet.Event, RequestId = requestId });
        if (!isCounted) acknowledgements.ExpectServers((await finding).Count, []);
        acknowledgements.Expect(asked);
        await sending;
    }

    /// <inheritdoc/>
    public override async ValueTask<RemoteSocketList> FetchSocketsAsync(BroadcastOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        var own = await base.FetchSocketsAsync(options, cancellationToken);
        if (options.Local) return own;
        var request = await AskAsync<ClusterSocketsFetched>(
            id => new ClusterFetchSockets { ServerId = ServerId, Options = options, RequestId = id }, options.Timeout, cancellationToken);
        if (request is null) return own;
        var others = request.Answers.SelectMany(static answer => answer.Sockets).Select(socket => new RemoteSocket(Namespace, socket));
        return new RemoteSocketList([.. own, .. others], request.Servers.MissingIds, request.Servers.MissingCount);
    }

    /// <inheritdoc/>
    public override ValueTask AddSocketsAsync(BroadcastOptions options, IReadOnlyList<string> rooms)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(rooms);
        var message = new ClusterJoin { ServerId = ServerId, Options = options, Rooms = rooms };
        return DoAsync(message, options.Local, () => base.AddSocketsAsync(options, rooms));
    }

    /// <inheritdoc/>
    public override ValueTask RemoveSocketsAsync(BroadcastOptions options, IReadOnlyList<string> rooms)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(rooms);
        var message = new ClusterLeave { ServerId = ServerId, Options = options, Rooms = rooms };
        return DoAsync(message, options.Local, () => base.RemoveSocketsAsync(options, rooms));
    }

    /// <inheritdoc/>
    public override ValueTask DisconnectSocketsAsync(BroadcastOptions options, bool close)
    {
        ArgumentNullException.ThrowIfNull(options);
        var message = new ClusterDisconnect { ServerId = ServerId, Options = options, Close = close };
        return DoAsync(message, options.Local, () => base.DisconnectSocketsAsync(options, close));
    }

    /// <inheritdoc/>
    public override ValueTask ServerSideEmitAsync(JsonPayload @event)
    {
        ArgumentNullException.ThrowIfNull(@event);
        return SendAsync(new ClusterServerEvent { ServerId = ServerId, Event = @event });
    }

    /// <inheritdoc/>
    public override async ValueTask<ServerAnswers> ServerSideEmitWithAckAsync(
        JsonPayload @event, TimeSpan? timeout, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(@event);
        var request = await AskAsync<ClusterServerAnswer>(
            id => new ClusterServerEvent { ServerId = ServerId, Event = @event, RequestId = id }, timeout, cancellationToken);
        if (request is null) return ServerAnswers.None;
        var values = request.Answers.Select(static answer => answer.Value).ToArray();
        return new ServerAnswers(values, request.Servers.MissingIds, request.Servers.MissingCount);
    }

    /// <summary>Connects to the bus and subscribes: from then on messages may come, and be sent. What is sent before waits. Called again
    /// after it has failed, when the next client wants to join.</summary>
    /// <param name="cancellationToken">Cancelled when the namespace goes away or the server stops.</param>
    protected abstract ValueTask OpenAsync(CancellationToken cancellationToken);

    /// <summary>Unsubscribes and disconnects; called once, if the bus was opened. Not called before the goodbye was taken, for which 1 s is
    /// given.</summary>
    /// <param name="cancellationToken">Cancelled when nobody waits any more.</param>
    protected abstract ValueTask CloseAsync(CancellationToken cancellationToken);

    /// <summary>Sends a message to all other servers of the namespace. Called from any thread, in the order in which each thread sends;
    /// must neither block nor change the order. What it throws is logged and counted, and the message is lost.</summary>
    protected abstract ValueTask PublishAsync(ClusterMessage message);

    /// <summary>Sends an answer to one server; others may get it, too, and ignore it. As <see cref="PublishAsync"/> in all else.</summary>
    protected abstract ValueTask RespondAsync(string serverId, ClusterMessage response);

    /// <summary>A message has come; it is handled before this returns, or dropped. Never throws.</summary>
    /// <param name="message">The message; one of this server itself is ignored.</param>
    /// <param name="offset">Its place among those of all servers, where the bus keeps them (<see cref="SessionStore"/>).</param>
    protected void Receive(ClusterMessage? message, EventOffset? offset = null)
    {
        if (message is null || _isStopped) return;
        try
        {
            if (message.ServerId == ServerId) return;
            ClusterMessageCheck.Run(message, Namespace.Server.Engine.Limits, Options.MaxMessageSize);
            _reports.Received();
            TrackSender(message);
            if (message is ClusterHello) _ = SendAsync(new ClusterHeartbeat { ServerId = ServerId });
            else Handle(message, offset);
        }
        catch (FormatException exception)
        {
            _reports.Drop(ClusterDropReason.Malformed, exception.Message);
        }
    }

    /// <summary>The bytes of a message have come; it is read and handled before this returns, or dropped. Never throws.</summary>
    /// <param name="bytes">The bytes; whatever <paramref name="read"/> keeps of them must not change any more.</param>
    /// <param name="read">Reads them; null if the message is not for this adapter. Whatever it throws is taken as a malformed
    /// message.</param>
    /// <param name="offset">As of the other form.</param>
    protected void Receive(
        ReadOnlyMemory<byte> bytes, Func<ReadOnlyMemory<byte>, ClusterMessage?> read, EventOffset? offset = null)
    {
        ArgumentNullException.ThrowIfNull(read);
        if (bytes.Length > Options.MaxMessageSize)
        {
            _reports.Drop(ClusterDropReason.TooLarge, $"It has {bytes.Length} bytes.");
            return;
        }

        ClusterMessage? message;
        try
        {
            message = read(bytes);
        }
        catch (Exception exception)
        {
            _reports.Drop(ClusterDropReason.Malformed, ExceptionText.MessageOf(exception));
            return;
        }

        Receive(message, offset);
    }

    /// <summary>Handles messages that have come together: what clients get of all of them leaves in one write per connection, when this
    /// returns. Otherwise each message costs each of its clients a write.</summary>
    /// <param name="receive">Calls <see cref="Receive(ClusterMessage?, EventOffset?)"/> for each. A dozen or so: the first waits for the
    /// last.</param>
    protected static void ReceiveTogether(Action receive)
    {
        ArgumentNullException.ThrowIfNull(receive);
        OutputBatch.Run(receive);
    }

    /// <summary>Whether a request of this server waits for answers that bear this id, at the moment of the call: where answers come that
    /// are for other servers, they need not be read any further.</summary>
    protected bool IsAwaited(string requestId) => _requests.Has(requestId);

    /// <summary>Counts a message that the adapter itself could not pass on, and logs it, each reason once a minute: one for which it has
    /// no room, say.</summary>
    /// <param name="reason">Why.</param>
    /// <param name="details">What helps to find out more, a sentence; null for nothing.</param>
    protected void ReportDropped(ClusterDropReason reason, string? details = null) => _reports.Drop(reason, details);

    /// <summary>An event of this server for the sockets of the others.</summary>
    internal ValueTask PublishEventAsync(JsonPayload @event, BroadcastOptions options) =>
        SendAsync(new ClusterBroadcast { ServerId = ServerId, Options = options, Event = @event });

    private ValueTask SendAsync(ClusterMessage message)
    {
        _heartbeat.OnSent();
        return _outbox.SendAsync(message);
    }

    private ValueTask Dispatch(ClusterMessage message, string? to) => to is null ? PublishAsync(message) : RespondAsync(to, message);

    private void TrackSender(ClusterMessage message)
    {
        if (!message.IsFromServer || !Options.Heartbeats) return;
        if (message is not ClusterGoodbye)
        {
            _members.Hear(message.ServerId);
            return;
        }

        _members.Remove(message.ServerId);
        Lose(message.ServerId);
    }

    private void Lose(string serverId)
    {
        _requests.Lose(serverId);
        _receiver.Lose(serverId);
    }

    private void Beat() => _ = SendAsync(new ClusterHeartbeat { ServerId = ServerId });

    private void ReviewMembers()
    {
        foreach (var id in _members.RemoveSilent())
        {
            _reports.ServerGone(id);
            Lose(id);
        }
    }

    private async ValueTask CloseOnceAsync(CancellationToken cancellationToken)
    {
        if (_isOpen && Interlocked.Exchange(ref _closings, 1) == 0) await CloseAsync(cancellationToken);
    }

    /// <exception cref="TimeoutException">The bus does not tell how many there are.</exception>
    private async Task<(int Count, IReadOnlyCollection<string> Ids)> FindOthersAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        if (_isStopped) return (0, []);
        if (Options.Heartbeats)
        {
            var ids = _members.Ids;
            return (ids.Length, ids);
        }

        var count = await GetServerCountAsync(cancellationToken).AsTask().WaitAsync(limit, Time, cancellationToken);
        return (Math.Max(count - 1, 0), []);
    }

    /// <summary>Asks the other servers and waits until all have answered or gone, or the time is over; null if there are none.</summary>
    private async ValueTask<ServerRequest<TMessage>?> AskAsync<TMessage>(
        Func<string, ClusterMessage> createMessage, TimeSpan? timeout, CancellationToken cancellationToken)
        where TMessage : ClusterMessage
    {
        var limit = timeout ?? Options.RequestTimeout;
        var (count, ids) = await FindOthersAsync(limit, cancellationToken);
        if (count == 0) return null;
        var wheel = Namespace.Server.Engine.Wheel;
        var request = new ServerRequest<TMessage>(new AwaitedServers(count, ids));
        var id = PendingRequests.NewId();
        _requests.Add(id, request);
        try
        {
            wheel.Schedule(request, limit);
            // Whoever stops looks at the requests behind this; and the wheel turns no more when the server is gone.
            if (_isStopped) request.End();
            _ = SendAsync(createMessage(id));
            await request.Completion.WaitAsync(cancellationToken);
        }
        finally
        {
            wheel.Cancel(request);
            _requests.Remove(id);
        }

        return request;
    }
}
