using System.Diagnostics;
using System.Text;
using Stork.EngineIO;
using Stork.SocketIO.Acks;
using Stork.SocketIO.Events;
using Stork.Wire;

namespace Stork.SocketIO.Sockets;

/// <summary>Socket.IO on one connection: decodes packets, and hands each to the socket of its namespace.</summary>
/// <remarks>The connection's lock guards which sockets there are, which are connecting, and the acknowledgements that came early.</remarks>
[DebuggerDisplay("{Connection.Id,nq}, {Sockets.Length} sockets")]
internal sealed class Client : IEngineListener
{
    private readonly PacketDecoder _decoder;
    private Socket[] _sockets = [];
    private List<ConnectAttempt>? _attempts;
    private EarlyAcks? _earlyAcks;
    private ConnectTimer? _connectTimer;
    private EventBacklog? _backlog;

    public Client(SocketIOServer server, EngineConnection connection, HandshakeRequest request)
    {
        Server = server;
        Connection = connection;
        Request = request;
        _decoder = JsonTextCodec.CreateDecoder(connection.Server.Limits);
        _connectTimer = new ConnectTimer(this);
        _connectTimer.Start();
    }

    public SocketIOServer Server { get; }

    public EngineConnection Connection { get; }

    public HandshakeRequest Request { get; }

    /// <summary>The sockets of this connection, one a namespace. The array never changes.</summary>
    public Socket[] Sockets => Volatile.Read(ref _sockets);

    /// <summary>The events that wait for their handlers; made when the first one does.</summary>
    public EventBacklog Backlog => _backlog ?? Interlocked.CompareExchange(ref _backlog, new EventBacklog(this), null) ?? _backlog;

    /// <summary>Whether handlers wait for answers of the client that may come at any time.</summary>
    public bool OwesUnlimitedAcks => HasSocket(static socket => socket.AcksIfAny is { HasUnlimited: true });

    public void OnMessage(in EnginePacket message)
    {
        if (Connection.Server.Transcoder is { } transcoder)
        {
            OnPacket(transcoder.Decode(message, Connection.Server.Limits));
            return;
        }

        var isComplete = message.IsBinary
            ? _decoder.TryDecodeBinary(message.Payload, out var packet)
            : _decoder.TryDecode(message.Payload, out packet);
        if (isComplete) OnPacket(packet);
        else OnIncomplete();
    }

    public bool AreHandlersInPool => Server.BannedPaces.HasAny;

    public bool MayKeepThread()
    {
        if (!AreHandlersInPool) return false;
        var sockets = Sockets;
        if (sockets.Length == 0) return Server.JoinPace.KeepsThreads;
        foreach (var socket in sockets)
        {
            if (socket.Listeners.Extras is { AreForEveryEvent: true } && Server.EveryEventPace.KeepsThreads) return true;
            foreach (var listener in socket.Listeners.Handlers)
            {
                if (listener.Plan.Pace.KeepsThreads) return true;
            }
        }

        return false;
    }

    public bool MayCallHandlers(ReadOnlySpan<byte> text) =>
        Connection.Server.Transcoder is not null || !JsonTextCodec.IsAcknowledgement(text);

    public void OnDrained()
    {
        foreach (var socket in Sockets)
        {
            socket.Features.OnDrained();
            if (socket.Listeners.Extras is { Drained: { Length: > 0 } listeners }) socket.Listeners.Notify(listeners);
        }
    }

    public void OnUpgraded()
    {
        foreach (var socket in Sockets)
        {
            if (socket.Listeners.Extras is { Upgraded: { Length: > 0 } listeners }) socket.Listeners.Notify(listeners);
        }
    }

    public void OnUpgrading() => ReviewCapacity();

    // Without a backlog no socket is full.
    public ValueTask WaitForCapacityAsync() =>
        _backlog is { IsFull: true } backlog ? new ValueTask(backlog.WaitForRoomAsync()) : ValueTask.CompletedTask;

    // A handler that blocks the reading thread may have its reasons; nobody but an answer that lies unread can end a wait without a limit.
    public bool IsStuck(bool isInHandler) => _backlog?.IsStuck(isInHandler) ?? (isInHandler && OwesUnlimitedAcks);

    public void OnClosed(DisconnectReason reason, string? details)
    {
        StopConnectTimer();
        _ = EndRequestAsync();
        List<Socket> connecting;
        lock (Connection.Gate) connecting = [.. _attempts?.Select(static attempt => attempt.Socket).OfType<Socket>() ?? []];
        foreach (var socket in connecting) socket.Lifetime.OnClosedEarly(reason);
        foreach (var socket in Sockets) socket.Lifetime.OnClosed(reason);
        _backlog?.Orphan();
    }

    /// <summary>Something has changed that may let the reading go on.</summary>
    public void ReviewCapacity() => _backlog?.Review();

    public bool HasSocket(Func<Socket, bool> condition)
    {
        foreach (var socket in Sockets)
        {
            if (condition(socket)) return true;
        }

        return false;
    }

    /// <summary>The socket has left; packets for its namespace are violations from now on.</summary>
    public void Remove(Socket socket)
    {
        lock (Connection.Gate) Volatile.Write(ref _sockets, [.. _sockets.Where(other => other != socket)]);
        ReviewCapacity();
    }

    /// <summary>There is a socket for the attempt: whoever closes the connection from here on finds it.</summary>
    public void ShowSocket(ConnectAttempt attempt, Socket socket)
    {
        lock (Connection.Gate) attempt.Socket = socket;
        if (Connection.CloseReason is { } reason) socket.Lifetime.OnClosedEarly(reason);
    }

    /// <summary>The attempt has come through: its socket gets packets from now on, and whoever closes the connection finds it
    /// here.</summary>
    /// <returns>False if the connection has closed meanwhile; the attempt is over then.</returns>
    public bool TryAdd(ConnectAttempt attempt, Socket socket)
    {
        lock (Connection.Gate)
        {
            _attempts?.Remove(attempt);
            if (_attempts is { Count: 0 }) _attempts = null;
            if (Connection.CloseReason is not null) return false;
            Volatile.Write(ref _sockets, [.. _sockets, socket]);
            if (_earlyAcks is null) return true;
            foreach (var packet in _earlyAcks.RemoveOf(socket.Namespace.Utf8Name)) socket.Features.OnAcknowledgement(packet);
        }

        return true;
    }

    /// <summary>The socket is not opened yet: middlewares may refuse it, and wait for the end of the connection.</summary>
    public void TakeBack(ConnectAttempt attempt, Socket socket)
    {
        lock (Connection.Gate)
        {
            (_attempts ??= []).Add(attempt);
            Volatile.Write(ref _sockets, [.. _sockets.Where(other => other != socket)]);
        }

        ReviewCapacity();
        if (Connection.CloseReason is { } reason) socket.Lifetime.OnClosedEarly(reason);
    }

    /// <summary>The attempt has failed. Called before the client hears of it, as its next one may come at once.</summary>
    public void EndAttempt(ConnectAttempt attempt, Socket? socket)
    {
        lock (Connection.Gate) _attempts?.Remove(attempt);
        // There already if it failed while it was opened.
        if (socket is not null) Remove(socket);
    }

    public void StopConnectTimer() => Interlocked.Exchange(ref _connectTimer, null)?.Stop();

    private void OnPacket(in Packet packet)
    {
        if (packet.Type == PacketType.Connect) BeginConnect(packet);
        else if (Find(packet.Namespace.Span) is not { } socket) OnStray(packet);
        else if (packet.IsEvent) socket.Events.OnEvent(packet);
        else if (packet.IsAck) socket.OnAcknowledgement(packet);
        else if (packet.Type == PacketType.Disconnect) socket.Lifetime.OnClosed(DisconnectReason.ClientNamespaceDisconnect);
        else CloseForViolation("Only servers refuse connections.");
    }

    private async Task EndRequestAsync()
    {
        try
        {
            await Request.EndAsync();
        }
        catch (Exception exception)
        {
            Log.DisconnectHandlerFailed(Server.Logger, exception, Connection.Id);
        }
    }

    private void BeginConnect(in Packet packet)
    {
        var attempt = new ConnectAttempt(this, Encoding.UTF8.GetString(packet.Namespace.Span));
        bool isAgain, isTooMany;
        lock (Connection.Gate)
        {
            isAgain = Find(packet.Namespace.Span) is not null || _attempts?.Exists(other => other.Name == attempt.Name) == true;
            isTooMany = _sockets.Length + (_attempts?.Count ?? 0) >= Server.Options.MaxNamespacesPerConnection;
            if (!isAgain && !isTooMany) (_attempts ??= []).Add(attempt);
        }

        if (isAgain) CloseForViolation("The namespace was joined before.");
        else if (isTooMany) attempt.Refuse("Too many namespaces");
        else Run(attempt, packet.Payload.ToArray());
    }

    private void Run(ConnectAttempt attempt, byte[] auth)
    {
        var began = Server.JoinPace.Begin();
        _ = attempt.RunAsync(auth);
        Server.JoinPace.End(began);
    }

    /// <summary>
    /// A packet for a namespace that was not joined. Acknowledgements that answer no emit may come early, ahead of the CONNECT that says
    /// who is speaking; they wait for it.
    /// </summary>
    private void OnStray(in Packet packet)
    {
        if (!packet.IsAck || Server.SocketFeatures.Length == 0)
        {
            CloseForViolation("A packet came for a namespace that was not joined.");
            return;
        }

        Socket? joined;
        var isWaiting = false;
        lock (Connection.Gate)
        {
            joined = Find(packet.Namespace.Span);
            if (joined is null) isWaiting = (_earlyAcks ??= new EarlyAcks()).TryAdd(packet.Copy());
        }

        if (joined is not null) joined.OnAcknowledgement(packet);
        else if (!isWaiting) CloseForViolation("Too many acknowledgements came for namespaces that were not joined.");
    }

    /// <summary>Attachments are due. For a namespace that was not joined they are not waited for, as nobody would take the
    /// packet.</summary>
    private void OnIncomplete()
    {
        var packet = _decoder.Waiting;
        if (Find(packet.Namespace.Span) is not null) return;
        var mayBeEarly = packet.IsAck && Server.SocketFeatures.Length > 0;
        if (mayBeEarly && _decoder.HeldBytes <= EarlyAcks.MaxBytes) return;
        _decoder.Reset();
        CloseForViolation(mayBeEarly
            ? "Too large an acknowledgement came for a namespace that was not joined."
            : "A packet came for a namespace that was not joined.");
    }

    private Socket? Find(ReadOnlySpan<byte> nsp)
    {
        foreach (var socket in Sockets)
        {
            if (nsp.SequenceEqual(socket.Namespace.Utf8Name)) return socket;
        }

        return null;
    }

    private void CloseForViolation(string violation)
    {
        Log.ProtocolViolation(Server.Logger, Connection.Id, ProtocolError.InvalidPayload, violation);
        Connection.Close(DisconnectReason.ForcedServerClose, details: violation);
    }
}
