using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Stork.EngineIO;
using Stork.SocketIO.Sessions;
using Stork.Wire;
using Stork.SocketIO.Acks;
using Stork.Timing;

namespace Stork.SocketIO.Sockets;

/// <summary>Socket.IO on one connection: decodes packets, joins namespaces, and hands each packet to the socket of its namespace.</summary>
internal sealed partial class Client : IEngineListener
{
    private readonly PacketDecoder _decoder;
    private Socket[] _sockets = [];
    private JoinAttempts? _joining;
    private EarlyAcks? _earlyAcks;
    private ConnectTimer? _connectTimer;

    public Client(SocketIOServer server, EngineConnection connection, HandshakeRequest request)
    {
        Server = server;
        Connection = connection;
        Request = request;
        _decoder = new PacketDecoder(connection.Server.Limits);
        _connectTimer = new ConnectTimer(this);
        connection.Server.Wheel.Schedule(_connectTimer, server.Options.ConnectTimeout);
    }

    public SocketIOServer Server { get; }

    public EngineConnection Connection { get; }

    public HandshakeRequest Request { get; }

    /// <summary>The sockets of this connection, one a namespace. The array never changes.</summary>
    public Socket[] Sockets => Volatile.Read(ref _sockets);

    private ILogger Logger => Connection.Server.Logger;

    public void OnMessage(in EnginePacket message)
    {
        var isComplete = message.IsBinary
            ? _decoder.TryDecodeBinary(message.Payload, out var packet)
            : _decoder.TryDecode(message.Payload, out packet);
        if (!isComplete) OnIncomplete();
        else if (packet.Type == PacketType.Connect) BeginConnect(packet);
        else if (Find(packet.Namespace.Span) is not { } socket) OnStray(packet);
        else if (packet.IsEvent) socket.OnEvent(packet);
        else if (packet.IsAck) socket.OnAcknowledgement(packet);
        else if (packet.Type == PacketType.Disconnect) socket.OnClosed(DisconnectReason.ClientNamespaceDisconnect);
        else Refuse("Only servers refuse connections.");
    }

    public void OnDrained()
    {
        foreach (var socket in Sockets) socket.OnDrained();
    }

    public void OnClosed(DisconnectReason reason, string? details)
    {
        StopConnectTimer();
        _ = EndRequestAsync();
        IReadOnlyList<Socket> joining;
        lock (Connection.Gate) joining = _joining?.Sockets ?? [];
        foreach (var socket in joining) socket.OnClosedEarly(reason);
        foreach (var socket in Sockets) socket.OnClosed(reason);
        LeaveEvents();
    }

    private async Task EndRequestAsync()
    {
        try
        {
            await Request.EndAsync();
        }
        catch (Exception exception)
        {
            Log.DisconnectHandlerFailed(Logger, exception, Connection.Id);
        }
    }

    /// <summary>The socket has left; packets for its namespace are violations from now on.</summary>
    public void Remove(Socket socket)
    {
        lock (Connection.Gate) Volatile.Write(ref _sockets, [.. _sockets.Where(other => other != socket)]);
        ReviewCapacity();
    }

    /// <summary>
    /// A packet for a namespace that was not joined. Acknowledgements that answer no emit may come early, ahead of the CONNECT that says who is speaking; they
    /// wait for it.
    /// </summary>
    private void OnStray(in Packet packet)
    {
        if (!packet.IsAck || Server.SocketFeatures.Length == 0)
        {
            Refuse("A packet came for a namespace that was not joined.");
            return;
        }

        Socket? joined;
        var isWaiting = false;
        lock (Connection.Gate)
        {
            joined = Find(packet.Namespace.Span);
            if (joined is null) isWaiting = (_earlyAcks ??= new EarlyAcks()).TryAdd(Socket.Copy(packet));
        }

        if (joined is not null) joined.OnAcknowledgement(packet);
        else if (!isWaiting) Refuse("Too many acknowledgements came for namespaces that were not joined.");
    }

    /// <summary>Attachments are due. For a namespace that was not joined they are not waited for, as nobody would take the packet.</summary>
    private void OnIncomplete()
    {
        var packet = _decoder.Waiting;
        if (Find(packet.Namespace.Span) is not null) return;
        var mayBeEarly = packet.IsAck && Server.SocketFeatures.Length > 0;
        if (mayBeEarly && _decoder.HeldBytes <= EarlyAcks.MaxBytes) return;
        _decoder.Reset();
        Refuse(mayBeEarly ? "Too large an acknowledgement came for a namespace that was not joined." : "A packet came for a namespace that was not joined.");
    }

    private Socket? Find(ReadOnlySpan<byte> nsp)
    {
        foreach (var socket in Sockets)
        {
            if (nsp.SequenceEqual(socket.Namespace.Utf8Name)) return socket;
        }

        return null;
    }

    private void Refuse(string violation)
    {
        Log.ProtocolViolation(Logger, Connection.Id, ProtocolError.InvalidPayload, violation);
        Connection.Close(DisconnectReason.ForcedServerClose, details: violation);
    }

    private void BeginConnect(in Packet packet)
    {
        var name = Encoding.UTF8.GetString(packet.Namespace.Span);
        bool isAgain, isTooMany;
        lock (Connection.Gate)
        {
            isAgain = Find(packet.Namespace.Span) is not null || _joining?.Contains(name) == true;
            isTooMany = _sockets.Length + (_joining?.Count ?? 0) >= Server.Options.MaxNamespacesPerConnection;
            if (!isAgain && !isTooMany) (_joining ??= new JoinAttempts()).Add(name);
        }

        if (isAgain) Refuse("The namespace was joined before.");
        else if (isTooMany) SendConnectError(name, "Too many namespaces", data: null);
        else _ = ConnectAsync(name, packet.Payload.ToArray());
    }

    /// <summary>Runs on the receiving thread until a middleware awaits something; without such, the answer is in the same turn's output.</summary>
    private async Task ConnectAsync(string name, byte[] auth)
    {
        var handshake = new Handshake(Request, auth, Connection.Server.Time.GetUtcNow(), Server.Serializer);
        Namespace? nsp = null;
        Socket? socket = null;
        try
        {
            nsp = await Server.Namespaces.FindAsync(name, handshake);
            if (nsp is null)
            {
                EndJoining(name, socket: null);
                SendConnectError(name, "Invalid namespace", data: null);
                return;
            }

            await nsp.StartAdapterAsync();
            socket = new Socket(nsp, this, handshake);
            lock (Connection.Gate) _joining?.Set(name, socket);
            // Whoever closes from here on finds it.
            if (Connection.CloseReason is { } reason) socket.OnClosedEarly(reason);
            socket.Session = nsp.Sessions.Begin(socket, auth);
            await AdmitAsync(socket, socket.Session);
        }
        catch (ConnectErrorException refusal)
        {
            EndJoining(name, socket);
            RefuseConnect(name, refusal);
            socket?.Discard();
        }
        catch (Exception exception) when (Connection.CloseReason is not null && exception is OperationCanceledException or SocketDisconnectedException)
        {
            // It heeded the token of the disconnect.
            EndJoining(name, socket);
            socket?.Discard();
        }
        catch (Exception exception)
        {
            EndJoining(name, socket);
            FailConnect(name, exception);
            socket?.Discard();
        }
        finally
        {
            if (nsp is not null) Server.Namespaces.CleanUp(nsp);
        }
    }

    /// <summary>Lets the socket in, with the session that its client claims, if that can be had.</summary>
    private async ValueTask AdmitAsync(Socket socket, ISocketSession session)
    {
        var isPassedBy = session.SkipsMiddlewares;
        if (!isPassedBy) await socket.Namespace.RunMiddlewaresAsync(socket);
        await session.IdentifyAsync();
        if (session.IsClaiming && await TryRecoverAsync(socket, session)) return;
        if (isPassedBy)
        {
            // They were passed by for the sake of the session.
            await socket.Namespace.RunMiddlewaresAsync(socket);
            await session.IdentifyAsync();
        }

        _ = await AcceptAsync(socket);
    }

    /// <summary>Opens the socket with its session, if that can still be had; true also if nobody is there any more.</summary>
    private async ValueTask<bool> TryRecoverAsync(Socket socket, ISocketSession session)
    {
        using var slot = await session.WaitForSlotAsync();
        try
        {
            // It may have closed while it waited.
            if (Connection.CloseReason is not null)
            {
                socket.Discard();
                return true;
            }

            return await session.TryTakeAsync() && await AcceptAsync(socket);
        }
        catch
        {
            session.Abandon();
            throw;
        }
    }

    /// <summary>Opens the socket, unless nobody is there any more.</summary>
    /// <returns>False if it cannot be opened with its session; it is being connected as before then.</returns>
    private async ValueTask<bool> AcceptAsync(Socket socket)
    {
        bool isClosed;
        lock (Connection.Gate)
        {
            isClosed = Connection.CloseReason is not null;
            _joining?.Remove(socket.Namespace.Name);
            if (_joining is { Count: 0 }) _joining = null;
            if (!isClosed)
            {
                Volatile.Write(ref _sockets, [.. _sockets, socket]);
                HandOverEarlyAcks(socket);
            }
        }

        if (isClosed)
        {
            // It closed while the middlewares ran; nobody would be there to handle.
            socket.Session.Abandon();
            socket.Discard();
            return true;
        }

        // From here on a closing connection finds the socket; one that closed before is found by looking again.
        if (!await socket.OpenAsync())
        {
            TakeBack(socket);
            return false;
        }

        StopConnectTimer();
        if (Connection.CloseReason is { } reason) socket.OnClosed(reason);
        return true;
    }

    /// <summary>The socket's features get what was acknowledged before it was there. The caller holds the connection's lock.</summary>
    private void HandOverEarlyAcks(Socket socket)
    {
        if (_earlyAcks is null) return;
        foreach (var packet in _earlyAcks.RemoveOf(socket.Namespace.Utf8Name)) socket.OfferAcknowledgement(packet);
    }

    /// <summary>The socket is not opened yet: middlewares may refuse it, and wait for the end of the connection.</summary>
    private void TakeBack(Socket socket)
    {
        var name = socket.Namespace.Name;
        lock (Connection.Gate)
        {
            _joining ??= new JoinAttempts();
            _joining.Add(name);
            _joining.Set(name, socket);
            Volatile.Write(ref _sockets, [.. _sockets.Where(other => other != socket)]);
        }

        ReviewCapacity();
        if (Connection.CloseReason is { } reason) socket.OnClosedEarly(reason);
    }

    /// <summary>An attempt has failed. Called before the client hears of it, as its next one may come at once.</summary>
    private void EndJoining(string name, Socket? socket)
    {
        lock (Connection.Gate) _joining?.Remove(name);
        // There already if it failed while it was opened.
        if (socket is not null) Remove(socket);
    }

    private void RefuseConnect(string name, ConnectErrorException refusal)
    {
        try
        {
            SendConnectError(name, refusal.Message, refusal.ErrorData);
        }
        catch (Exception exception)
        {
            // Data that cannot be serialized.
            FailConnect(name, exception);
        }
    }

    private void FailConnect(string name, Exception exception)
    {
        Log.MiddlewareFailed(Logger, exception, name);
        SendConnectError(name, "Internal server error", data: null);
    }

    private void SendConnectError(string name, string message, object? data)
    {
        Log.ConnectRefused(Logger, Connection.Id, name, message);
        var utf8 = Encoding.UTF8.GetBytes(name);
        var reply = new ConnectErrorReply(message, data is null ? null : Server.Serializer.ToElement(data));
        var packet = PacketBuilder.Start(utf8.Length, Server.Serializer.Options);
        try
        {
            JsonSerializer.Serialize(packet.Json, reply, WellKnownTypes.Default.ConnectErrorReply);
            packet.Finish(PacketType.ConnectError, utf8, ackId: -1);
            _ = Connection.Send(packet, PacketFlags.None);
        }
        finally
        {
            packet.Release();
        }
    }

    private void StopConnectTimer()
    {
        if (Interlocked.Exchange(ref _connectTimer, null) is { } timer) Connection.Server.Wheel.Cancel(timer);
    }

    private sealed class ConnectTimer(Client client) : WheelEntry
    {
        private int _dueIn;

        internal override void OnDue()
        {
            if (client.Sockets.Length > 0) return;
            var batch = client.Connection.Batch;
            // A middleware may keep the thread that reads: the client can do no more than wait. If it is another one by then, it is the client that goes on.
            if (EngineConnection.IsBatch(batch) && (_dueIn == 0 || _dueIn == batch))
            {
                _dueIn = batch;
                client.Connection.Server.Wheel.Schedule(this, client.Server.Options.ConnectTimeout);
                return;
            }

            client.Connection.Close(DisconnectReason.ForcedClose, details: "No namespace was joined in time.");
        }
    }
}
