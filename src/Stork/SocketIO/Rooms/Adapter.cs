namespace Stork;

/// <summary>
/// Keeps the rooms of one namespace and carries broadcasts to the sockets in them. The default is <see cref="InMemoryAdapter"/>, which
/// knows one server; <see cref="ClusterAdapter"/> derives from it and also speaks to the other servers.
/// </summary>
/// <remarks>All members may be called from any thread. They are called, and events raised, where rooms change, on timers too: they must not
/// block.</remarks>
public abstract class Adapter
{
    private int _hasWarned;

    /// <summary>Creates the adapter of a namespace.</summary>
    protected Adapter(Namespace nsp)
    {
        ArgumentNullException.ThrowIfNull(nsp);
        Namespace = nsp;
    }

    /// <summary>Raised with the room's name when its first socket has joined. A socket's own id is not announced.</summary>
    public event Action<string>? RoomCreated;

    /// <summary>Raised with the room's name when its last socket has left.</summary>
    public event Action<string>? RoomDeleted;

    /// <summary>Raised with room and socket id when a socket has joined.</summary>
    public event Action<string, string>? RoomJoined;

    /// <summary>Raised with room and socket id when a socket has left.</summary>
    public event Action<string, string>? RoomLeft;

    /// <summary>The namespace this adapter serves.</summary>
    public Namespace Namespace { get; }

    /// <summary>Called once when the namespace is made; it takes no socket before this is done. If it fails, the client that wanted to
    /// join is refused ("Namespace unavailable"), and it is called again when the next one asks.</summary>
    /// <param name="cancellationToken">Cancelled when the namespace goes away or the server stops.</param>
    public virtual ValueTask StartAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <summary>Called once when the namespace goes away or the server stops; not while it starts, unless the start does not heed its
    /// token for 5 s. The server's disposal waits for it, but no longer than 5 s; what it throws is logged.</summary>
    /// <param name="cancellationToken">Cancelled when nobody waits any more.</param>
    public virtual ValueTask StopAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <summary>Number of servers that answer to a broadcast, this one included.</summary>
    public abstract ValueTask<int> GetServerCountAsync(CancellationToken cancellationToken);

    /// <summary>Adds a socket of this server to rooms.</summary>
    public abstract ValueTask AddAsync(Socket socket, IReadOnlyList<string> rooms);

    /// <summary>Removes a socket of this server from a room.</summary>
    public abstract ValueTask RemoveAsync(Socket socket, string room);

    /// <summary>Removes a socket of this server from all rooms.</summary>
    public abstract ValueTask RemoveAllAsync(Socket socket);

    /// <summary>The rooms a socket of this server is in, its own id first.</summary>
    public abstract IReadOnlyCollection<string> GetRooms(Socket socket);

    /// <summary>All rooms with at least one socket on this server, without the sockets' own ids.</summary>
    public abstract IReadOnlyCollection<string> GetRooms();

    /// <summary>Sends a packet to the sockets meant.</summary>
    public abstract ValueTask BroadcastAsync(BroadcastPacket packet, BroadcastOptions options);

    /// <summary>Sends a packet that asks for acknowledgements.</summary>
    /// <param name="packet">The packet; its acknowledgement id is the same for all sockets.</param>
    /// <param name="options">Which sockets.</param>
    /// <param name="acknowledgements">Is told first which other servers are asked, then how many sockets each has asked, and takes their
    /// answers.</param>
    public abstract ValueTask BroadcastWithAckAsync(
        BroadcastPacket packet, BroadcastOptions options, IBroadcastAcknowledgements acknowledgements);

    /// <summary>The sockets meant, on all servers; those that do not answer in time are named in the list.</summary>
    public abstract ValueTask<RemoteSocketList> FetchSocketsAsync(BroadcastOptions options, CancellationToken cancellationToken);

    /// <summary>Makes the sockets meant join rooms.</summary>
    public abstract ValueTask AddSocketsAsync(BroadcastOptions options, IReadOnlyList<string> rooms);

    /// <summary>Makes the sockets meant leave rooms.</summary>
    public abstract ValueTask RemoveSocketsAsync(BroadcastOptions options, IReadOnlyList<string> rooms);

    /// <summary>Disconnects the sockets meant.</summary>
    public abstract ValueTask DisconnectSocketsAsync(BroadcastOptions options, bool close);

    /// <summary>Sends an event to the other servers. There are none here, which is logged once.</summary>
    /// <param name="event">A JSON array of the event's name and its arguments.</param>
    public virtual ValueTask ServerSideEmitAsync(JsonPayload @event)
    {
        WarnOfNoServers();
        return ValueTask.CompletedTask;
    }

    /// <summary>Sends an event to the other servers and waits for their answers. There are none here, which is logged once.</summary>
    /// <param name="event">A JSON array of the event's name and its arguments.</param>
    /// <param name="timeout">How long to wait; null for the adapter's own limit.</param>
    /// <param name="cancellationToken">Gives up the answers; the event has been sent.</param>
    public virtual ValueTask<ServerAnswers> ServerSideEmitWithAckAsync(
        JsonPayload @event, TimeSpan? timeout, CancellationToken cancellationToken)
    {
        WarnOfNoServers();
        return new(ServerAnswers.None);
    }

    /// <summary>Sends an event that came from another server to the sockets of this one. Where clients can recover their sessions, it is
    /// kept for those that are away.</summary>
    /// <param name="event">A JSON array of the event's name and its arguments.</param>
    /// <param name="options">Which sockets.</param>
    /// <exception cref="FormatException">Clients could not take it.</exception>
    protected ValueTask DeliverAsync(JsonPayload @event, BroadcastOptions options)
    {
        ArgumentNullException.ThrowIfNull(@event);
        ArgumentNullException.ThrowIfNull(options);
        return Namespace.Deliver(@event, options with { Local = true });
    }

    /// <summary>No more acknowledgements are awaited of the sockets of this server, for a packet another one has asked for.</summary>
    /// <param name="ackId">The packet's <see cref="BroadcastPacket.AckId"/>.</param>
    protected void ForgetAcknowledgements(long ackId) => Namespace.ForgetAck((int)ackId);

    /// <summary>Raises the event for the handlers that were registered with
    /// <see cref="Namespace.OnServerSide(string, Action{EventArguments})"/>.</summary>
    /// <param name="event">A JSON array of the event's name and its arguments.</param>
    /// <returns>The answer of the handler that was done first; null if there is no handler, or none that did not fail.</returns>
    /// <exception cref="FormatException">It is no well-formed event.</exception>
    protected Task<JsonPayload?> HandleServerEventAsync(JsonPayload @event)
    {
        ArgumentNullException.ThrowIfNull(@event);
        return Namespace.ServerEvents.HandleAsync(@event);
    }

    /// <summary>Raises <see cref="RoomCreated"/>. What a listener throws is logged.</summary>
    protected void OnRoomCreated(string room) => Raise(RoomCreated, room);

    /// <summary>Raises <see cref="RoomDeleted"/>. What a listener throws is logged.</summary>
    protected void OnRoomDeleted(string room) => Raise(RoomDeleted, room);

    /// <summary>Raises <see cref="RoomJoined"/>. What a listener throws is logged.</summary>
    protected void OnRoomJoined(string room, string socketId) => Raise(RoomJoined, room, socketId);

    /// <summary>Raises <see cref="RoomLeft"/>. What a listener throws is logged.</summary>
    protected void OnRoomLeft(string room, string socketId) => Raise(RoomLeft, room, socketId);

    private void WarnOfNoServers()
    {
        if (Interlocked.Exchange(ref _hasWarned, 1) == 0) Log.NoOtherServers(Namespace.Server.Logger, Namespace.Name);
    }

    // Rooms change while connections are being closed, on timers too: a listener that throws must stop neither of them.
    private void Raise(Action<string>? listeners, string room)
    {
        foreach (var listener in Delegate.EnumerateInvocationList(listeners))
        {
            try
            {
                listener(room);
            }
            catch (Exception exception)
            {
                Log.RoomListenerFailed(Namespace.Server.Logger, exception, Namespace.Name);
            }
        }
    }

    private void Raise(Action<string, string>? listeners, string room, string socketId)
    {
        foreach (var listener in Delegate.EnumerateInvocationList(listeners))
        {
            try
            {
                listener(room, socketId);
            }
            catch (Exception exception)
            {
                Log.RoomListenerFailed(Namespace.Server.Logger, exception, Namespace.Name);
            }
        }
    }
}
