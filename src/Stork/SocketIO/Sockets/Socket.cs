using Microsoft.Extensions.DependencyInjection;
using Stork.Wire;
using Stork.EngineIO;
using Stork.SocketIO.Rooms;
using Stork.SocketIO.Sessions;
using Stork.SocketIO.Sockets;

namespace Stork;

/// <summary>
/// A client in a namespace: what it sends is handled here, and what is emitted here goes to it alone. Ends with the connection; a client that comes
/// back is a new socket, with a new id unless it is <see cref="Recovered"/>.
/// </summary>
/// <remarks>All members may be called from any thread.</remarks>
public sealed partial class Socket : Emitter
{
    private readonly Client _client;
    private readonly Lock _gate = new();
    private readonly ISocketFeature[] _features = [];
    private volatile IDictionary<string, object?>? _data;
    private CancellationTokenSource? _disconnected;
    private AsyncServiceScope? _services;
    private List<object>? _owned;
    private bool _areServicesOver;
    private IReadOnlyCollection<string>? _lastRooms;
    private volatile State _state;

    internal Socket(Namespace nsp, Client client, Handshake handshake)
    {
        Namespace = nsp;
        _client = client;
        Handshake = handshake;
        Id = EngineServer.NewSessionId();
        var features = nsp.Server.SocketFeatures;
        if (features.Length > 0) _features = Array.ConvertAll(features, make => make(this));
    }

    private enum State
    {
        /// <summary>Middlewares run; rooms may be joined, nothing is sent.</summary>
        Connecting,
        Connected,
        Disconnected,
    }

    /// <summary>A random id of 20 characters, new at each connection unless the client is <see cref="Recovered"/>; also the name of a room only this
    /// socket is in from the start.</summary>
    public string Id { get; private set; }

    /// <summary>The namespace the socket is in.</summary>
    public Namespace Namespace { get; }

    /// <summary>The server.</summary>
    public SocketIOServer Server => Namespace.Server;

    /// <summary>How the client introduced itself.</summary>
    public Handshake Handshake { get; }

    /// <summary>Whether the client is connected to the namespace.</summary>
    public bool Connected => _state == State.Connected;

    /// <summary>The transport the connection uses now; it changes when the client upgrades.</summary>
    public SocketIOTransports Transport => _client.Connection.TransportKind;

    /// <summary>The id of the connection (the Engine.IO session), which all sockets of the client share. Known to the client only; never give it to others.</summary>
    public string ConnectionId => _client.Connection.Id;

    /// <summary>Whatever the application wants to remember of the socket; seen by <see cref="BroadcastTarget.FetchSocketsAsync"/>.</summary>
    public IDictionary<string, object?> Data => _data ?? CreateData();

    /// <summary>The rooms the socket is in, its id first; after the disconnect, those it was in.</summary>
    public IReadOnlyCollection<string> Rooms => _lastRooms ?? Namespace.RequireAdapter().GetRooms(this);

    /// <summary>Cancelled when the socket is disconnected, or its connection ends while middlewares still run; handlers may take it as a parameter of type <see cref="CancellationToken"/>.</summary>
    public CancellationToken Disconnected
    {
        get
        {
            lock (_gate)
            {
                if (_state == State.Disconnected && _disconnected is null) return new CancellationToken(canceled: true);
                return (_disconnected ??= new CancellationTokenSource()).Token;
            }
        }
    }

    /// <summary>Services of a scope that lives as long as the socket, and until its disconnect handlers are done. An event's own scope is a handler parameter
    /// of type <see cref="IServiceProvider"/>.</summary>
    /// <exception cref="ObjectDisposedException">The socket and its scope have ended.</exception>
    public IServiceProvider Services
    {
        get
        {
            lock (_gate)
            {
                ObjectDisposedException.ThrowIf(_areServicesOver, this);
                return (_services ??= CreateEventScope()).ServiceProvider;
            }
        }
    }

    /// <summary>Rooms besides the implied one; guarded by the in-memory adapter's lock.</summary>
    internal JoinedRooms JoinedRooms => field ??= new();

    internal EngineConnection Connection => _client.Connection;

    /// <summary>True once the socket can join no more rooms.</summary>
    internal bool IsGone => _state == State.Disconnected;

    private protected override SocketIOServer Owner => Namespace.Server;

    private protected override int NamespaceLength => Namespace.Utf8Name.Length;

    /// <summary>Joins rooms; nothing happens after the disconnect.</summary>
    /// <exception cref="InvalidOperationException">A limit is reached: <see cref="SocketIOOptions.MaxRoomsPerSocket"/>,
    /// <see cref="SocketIOOptions.MaxRoomBytesPerSocket"/> or <see cref="SocketIOOptions.MaxRoomBytes"/>.</exception>
    public ValueTask JoinAsync(params ReadOnlySpan<string> rooms) => JoinAsync((IReadOnlyList<string>)[.. rooms]);

    /// <summary>Leaves a room.</summary>
    public ValueTask LeaveAsync(string room) => Session.LeaveAsync(this, room);

    /// <summary>Disconnects the client from the namespace; it does not reconnect by itself (its reason is "io server disconnect").</summary>
    /// <param name="close">Also close the connection, and with it the client's sockets in other namespaces.</param>
    public ValueTask DisconnectAsync(bool close = false)
    {
        if (close)
        {
            foreach (var socket in _client.Sockets) socket.OnClosed(DisconnectReason.ServerNamespaceDisconnect);
            _client.Connection.Close(DisconnectReason.ForcedServerClose);
        }
        else
        {
            OnClosed(DisconnectReason.ServerNamespaceDisconnect);
        }

        return ValueTask.CompletedTask;
    }

    internal ValueTask JoinAsync(IReadOnlyList<string> rooms) => Session.JoinAsync(this, rooms);

    internal AsyncServiceScope CreateEventScope() => Server.Services.CreateAsyncScope();

    /// <summary>What a higher floor attached to this socket; null if it did not.</summary>
    internal T? Feature<T>()
        where T : class, ISocketFeature
    {
        foreach (var feature in _features)
        {
            if (feature is T found) return found;
        }

        return null;
    }

    /// <summary>Everything that was sent on the connection has left.</summary>
    internal void OnDrained()
    {
        foreach (var feature in _features) feature.OnDrained();
    }

    /// <summary>Answers CONNECT and makes the socket part of its namespace; events wait until the connection handlers are done.</summary>
    /// <returns>False if the session that was taken cannot be resumed after all; the socket may be opened without it.</returns>
    internal async ValueTask<bool> OpenAsync()
    {
        lock (_gate) _isHeld = true;
        if (!await Session.TryOpenAsync(this)) return false;
        Log.SocketConnected(_client.Connection.Server.Logger, Id, Namespace.Name);
        _ = RunConnectionHandlersAsync();
        return true;
    }

    /// <summary>The socket is over: by its client, its server, or its connection.</summary>
    internal void OnClosed(DisconnectReason reason)
    {
        CancellationTokenSource? disconnected;
        lock (_gate)
        {
            if (_state != State.Connected) return;
            _lastRooms = FindLastRooms();
            _state = State.Disconnected;
            disconnected = _disconnected;
        }

        _client.Remove(this);
        Session.OnClosed(reason);
        Namespace.Remove(this);
        // Only now, as the client's next CONNECT may come at once, and nothing of this socket may be in its way.
        if (reason == DisconnectReason.ServerNamespaceDisconnect) SendDisconnect();
        _ = LeaveRoomsAsync();
        Log.SocketDisconnected(_client.Connection.Server.Logger, Id, Namespace.Name, reason.ToText());
        FailAcknowledgements();
        foreach (var feature in _features) feature.OnClosed(reason);
        EndDispatch(reason);
        if (disconnected is not null) _ = CancelAsync(disconnected);
    }

    /// <summary>Disposes the object with the socket: one that was made for it, but not by its scope.</summary>
    internal T DisposeWithSocket<T>(T made)
        where T : class
    {
        lock (_gate) (_owned ??= []).Add(made);
        return made;
    }

    /// <summary>Runs what the application registered on <see cref="Disconnected"/>, on a thread of the pool.</summary>
    private async Task CancelAsync(CancellationTokenSource disconnected)
    {
        try
        {
            await disconnected.CancelAsync();
        }
        catch (Exception exception)
        {
            Log.DisconnectHandlerFailed(Logger, exception, Id);
        }
    }

    /// <summary>An adapter that fails must not keep the socket from ending.</summary>
    private IReadOnlyCollection<string> FindLastRooms()
    {
        try
        {
            return Namespace.RequireAdapter().GetRooms(this);
        }
        catch (Exception exception)
        {
            Log.AdapterFailed(Logger, exception, Namespace.Name);
            return [Id];
        }
    }

    private async Task LeaveRoomsAsync()
    {
        try
        {
            await Namespace.RequireAdapter().RemoveAllAsync(this);
        }
        catch (Exception exception)
        {
            Log.AdapterFailed(Logger, exception, Namespace.Name);
        }
    }

    /// <summary>Disposes what was made for the socket, its handlers before the services they use. What that throws is logged.</summary>
    private async Task DisposeServicesAsync()
    {
        AsyncServiceScope? services;
        List<object>? owned;
        lock (_gate) (services, _services, owned, _owned, _areServicesOver) = (_services, null, _owned, null, true);
        foreach (var made in owned ?? []) await DisposeAsync(made);
        if (services is { } scope) await DisposeAsync(scope);
    }

    private async ValueTask DisposeAsync(object made)
    {
        try
        {
            if (made is IAsyncDisposable asynchronous) await asynchronous.DisposeAsync();
            else (made as IDisposable)?.Dispose();
        }
        catch (Exception exception)
        {
            Log.DisconnectHandlerFailed(Logger, exception, Id);
        }
    }

    private void SendConnect(string? pid, IReadOnlyList<EncodedPacket> missed)
    {
        var packet = PacketBuilder.Start(NamespaceLength, Server.Serializer.Options);
        try
        {
            packet.Json.WriteStartObject();
            packet.Json.WriteString("sid"u8, Id);
            if (pid is not null) packet.Json.WriteString("pid"u8, pid);
            packet.Json.WriteEndObject();
            packet.Finish(PacketType.Connect, Namespace.Utf8Name, ackId: -1);
            // Official clients hold events that come ahead of CONNECT, and do not count them yet as received. In one piece, so that a poll carries all or
            // nothing: with a loss between them, the client would keep the events and get them once more.
            lock (_client.Connection.Gate)
            {
                foreach (var earlier in missed) _ = _client.Connection.Send(earlier);
                _ = _client.Connection.Send(packet, PacketFlags.None);
            }
        }
        finally
        {
            packet.Release();
        }
    }

    private void SendDisconnect()
    {
        var packet = PacketBuilder.Start(NamespaceLength, Server.Serializer.Options);
        packet.Finish(PacketType.Disconnect, Namespace.Utf8Name, ackId: -1);
        _ = _client.Connection.Send(packet, PacketFlags.None);
        packet.Release();
    }
}
