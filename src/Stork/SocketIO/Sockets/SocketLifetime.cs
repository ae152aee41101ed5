using Stork.SocketIO.Sessions;
using Stork.Wire;

namespace Stork.SocketIO.Sockets;

/// <summary>
/// How one socket comes and goes: connecting while its namespace's middlewares run, connected from the answer to CONNECT, disconnected for
/// good. Also what lasts as long: its services, and the token of its end.
/// </summary>
/// <remarks>The socket's lock guards all fields. One that never gets connected ends by <see cref="OnClosedEarly"/>, <see cref="Discard"/>
/// or both; any other by <see cref="OnClosed"/>.</remarks>
internal sealed class SocketLifetime(Socket socket)
{
    private CancellationTokenSource? _ended;
    private SocketServices? _services;
    private Task<DisconnectReason>? _earlyEnd;
    private volatile SocketState _state;
    private bool _areServicesOver;

    public SocketState State => _state;

    /// <summary>Whether the socket has an earlier session of its client.</summary>
    public bool IsRecovered { get; private set; }

    /// <summary>Set before the socket is connected, and then for good; null if its events carry no offsets.</summary>
    public IEventLog? EventLog { get; private set; }

    /// <summary>The rooms the socket was in when it ended; null before.</summary>
    public IReadOnlyCollection<string>? LastRooms { get; private set; }

    /// <summary>Cancelled when the socket is disconnected.</summary>
    public CancellationToken Ended
    {
        get
        {
            lock (socket.Gate)
            {
                if (_state == SocketState.Disconnected && _ended is null) return new CancellationToken(canceled: true);
                return (_ended ??= new CancellationTokenSource()).Token;
            }
        }
    }

    /// <exception cref="ObjectDisposedException">The socket and its scope have ended.</exception>
    public IServiceProvider Services
    {
        get
        {
            lock (socket.Gate)
            {
                ObjectDisposedException.ThrowIf(_areServicesOver, socket);
                return (_services ??= new SocketServices(socket.Server)).Provider;
            }
        }
    }

    public async ValueTask LeaveAsync(string[] rooms)
    {
        foreach (var room in rooms) await socket.LeaveAsync(room);
    }

    /// <summary>Whether a wait with this token ends with the socket only.</summary>
    public bool IsOwnToken(CancellationToken token) => token == _ended?.Token;

    /// <summary>Disposes the object with the socket: one that was made for it, but not by its scope.</summary>
    public T DisposeWithSocket<T>(T made)
        where T : class
    {
        lock (socket.Gate) (_services ??= new SocketServices(socket.Server)).Add(made);
        return made;
    }

    /// <summary>Answers CONNECT and makes the socket part of its namespace; events wait until the connection handlers are done.</summary>
    /// <returns>False if the session that was taken cannot be resumed after all; the socket may be opened without it.</returns>
    public async ValueTask<bool> OpenAsync()
    {
        socket.Events.Hold();
        if (!await socket.Session.TryOpenAsync(socket)) return false;
        Log.SocketConnected(socket.Server.Logger, socket.Id, socket.Namespace.Name);
        _ = RunConnectionHandlersAsync();
        return true;
    }

    /// <summary>Becomes part of the namespace. A session log calls it under its lock, so that no event comes in between.</summary>
    /// <param name="log">Keeps the socket's events; null if nothing does.</param>
    /// <param name="pid">What the client will ask for its session with; null if it has none.</param>
    /// <param name="missed">The events that go ahead of the answer to CONNECT; null unless an earlier session is recovered.</param>
    public void Open(IEventLog? log, string? pid, IReadOnlyList<EncodedPacket>? missed)
    {
        IsRecovered = missed is not null;
        lock (socket.Gate)
        {
            EventLog = log;
            socket.Namespace.Add(socket);
            // Whoever has heard CONNECT is meant by what is emitted from then on, so the socket is connected before that leaves. Others
            // that send it something meanwhile wait for the connection's lock, and so come behind.
            lock (socket.Connection.Gate)
            {
                _state = SocketState.Connected;
                socket.ReviewPlainOutput();
                socket.Output.SendConnect(pid, missed ?? []);
            }
        }
    }

    /// <summary>The server has had enough of the client, behind what was sent to it before.</summary>
    /// <param name="close">Also close the connection.</param>
    public ValueTask DisconnectAsync(bool close)
    {
        var flushing = socket.Session.FlushAsync();
        if (!flushing.IsCompletedSuccessfully) return DisconnectBehindAsync(flushing, close);
        Disconnect(close);
        return ValueTask.CompletedTask;
    }

    /// <summary>The client has come back on another connection while the server still held this one.</summary>
    public void Supersede()
    {
        socket.Connection.Close(DisconnectReason.TransportClose, abort: true, "The client came back on another connection.");
        OnClosed(DisconnectReason.TransportClose);
    }

    /// <summary>The socket is over: by its client, its server, or its connection.</summary>
    public void OnClosed(DisconnectReason reason)
    {
        CancellationTokenSource? ended;
        lock (socket.Gate)
        {
            if (_state != SocketState.Connected) return;
            LastRooms = FindLastRooms();
            _state = SocketState.Disconnected;
            socket.ReviewPlainOutput();
            ended = _ended;
        }

        socket.Client.Remove(socket);
        socket.Session.OnClosed(reason);
        socket.Namespace.Remove(socket);
        // Only now, as the client's next CONNECT may come at once, and nothing of this socket may be in its way.
        if (reason == DisconnectReason.ServerNamespaceDisconnect) socket.Output.SendDisconnect();
        _ = LeaveRoomsAsync();
        Log.SocketDisconnected(socket.Server.Logger, socket.Id, socket.Namespace.Name, reason.ToText());
        socket.Acks.Close();
        socket.Features.OnClosed(reason);
        socket.Events.End(reason);
        if (ended is not null) _ = CancelAsync(ended);
    }

    /// <summary>The connection has ended while the middlewares run, which may wait for just that.</summary>
    public void OnClosedEarly(DisconnectReason reason)
    {
        CancellationTokenSource? ended;
        lock (socket.Gate)
        {
            if (_state != SocketState.Connecting) return;
            LastRooms = FindLastRooms();
            (_state, ended) = (SocketState.Disconnected, _ended);
            // The caller may be a timer or the connection's reader: the application's handlers must not run on its time.
            _earlyEnd = Task.Run(() => CallDisconnectHandlersAsync(reason));
        }

        _ = LeaveRoomsAsync();
        if (ended is not null) _ = CancelAsync(ended);
    }

    /// <summary>The middlewares are done, and one has refused the socket, or nobody is there any more.</summary>
    public void Discard()
    {
        CancellationTokenSource? ended;
        lock (socket.Gate) (_state, ended) = (SocketState.Disconnected, _ended);
        // Of a client that did not wait for the answer.
        _ = socket.Events.DropEvents();
        _ = LeaveRoomsAsync();
        _ = DiscardAsync();
        if (ended is not null) _ = CancelAsync(ended);
    }

    /// <summary>All events have been handled: the last handlers of the socket, and what was made for it.</summary>
    public async Task EndAsync(DisconnectReason reason)
    {
        await CallDisconnectHandlersAsync(reason);
        await DisposeServicesAsync();
    }

    private async ValueTask DisconnectBehindAsync(ValueTask flushing, bool close)
    {
        await flushing;
        Disconnect(close);
    }

    private void Disconnect(bool close)
    {
        if (!close)
        {
            OnClosed(DisconnectReason.ServerNamespaceDisconnect);
            return;
        }

        foreach (var other in socket.Client.Sockets) other.Lifetime.OnClosed(DisconnectReason.ServerNamespaceDisconnect);
        socket.Connection.Close(DisconnectReason.ForcedServerClose);
    }

    private async Task RunConnectionHandlersAsync()
    {
        try
        {
            await socket.Namespace.RunConnectionHandlersAsync(socket);
            await socket.Features.OnConnectedAsync();
        }
        finally
        {
            socket.Events.Release();
            socket.Features.OnReady();
        }
    }

    private async Task<DisconnectReason> CallDisconnectHandlersAsync(DisconnectReason reason)
    {
        await socket.Listeners.CallDisconnectHandlersAsync(reason);
        return reason;
    }

    private async Task DiscardAsync()
    {
        // Once more, for those that the middlewares registered after the end.
        if (_earlyEnd is not null) await CallDisconnectHandlersAsync(await _earlyEnd);
        await DisposeServicesAsync();
    }

    private async Task DisposeServicesAsync()
    {
        SocketServices? services;
        lock (socket.Gate) (services, _services, _areServicesOver) = (_services, null, true);
        if (services is not null) await services.DisposeAsync(socket.Id);
    }

    /// <summary>Runs what the application registered on the token, on a thread of the pool.</summary>
    private async Task CancelAsync(CancellationTokenSource ended)
    {
        try
        {
            await ended.CancelAsync();
        }
        catch (Exception exception)
        {
            Log.DisconnectHandlerFailed(socket.Server.Logger, exception, socket.Id);
        }
    }

    /// <summary>An adapter that fails must not keep the socket from ending.</summary>
    private IReadOnlyCollection<string> FindLastRooms()
    {
        try
        {
            return socket.Namespace.RequireAdapter().GetRooms(socket);
        }
        catch (Exception exception)
        {
            Log.AdapterFailed(socket.Server.Logger, exception, socket.Namespace.Name);
            return [socket.Id];
        }
    }

    private async Task LeaveRoomsAsync()
    {
        try
        {
            await socket.Namespace.RequireAdapter().RemoveAllAsync(socket);
        }
        catch (Exception exception)
        {
            Log.AdapterFailed(socket.Server.Logger, exception, socket.Namespace.Name);
        }
    }
}
