using Stork.SocketIO.Rooms;

namespace Stork;

/// <summary>
/// Keeps the rooms of one namespace and carries broadcasts to the sockets in them. The default is <see cref="InMemoryAdapter"/>, which knows one
/// server; a cluster derives from it and also speaks to the other servers.
/// </summary>
/// <remarks>All members may be called from any thread. They are called, and events raised, where rooms change, on timers too: they must not block.</remarks>
public abstract class Adapter
{
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

    /// <summary>Called once when the namespace is made; it takes no socket before this is done. If it fails, the client that wanted to join is refused
    /// ("Namespace unavailable"), and it is called again when the next one asks.</summary>
    public virtual ValueTask StartAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <summary>Called once when the namespace goes away or the server stops. Nobody waits for it; what it throws is logged.</summary>
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
    /// <param name="acknowledgements">Is told how many sockets each server has asked, and takes their answers.</param>
    public abstract ValueTask BroadcastWithAckAsync(BroadcastPacket packet, BroadcastOptions options, IBroadcastAcknowledgements acknowledgements);

    /// <summary>The sockets meant, on all servers.</summary>
    public abstract ValueTask<IReadOnlyList<RemoteSocket>> FetchSocketsAsync(BroadcastOptions options, CancellationToken cancellationToken);

    /// <summary>Makes the sockets meant join rooms.</summary>
    public abstract ValueTask AddSocketsAsync(BroadcastOptions options, IReadOnlyList<string> rooms);

    /// <summary>Makes the sockets meant leave rooms.</summary>
    public abstract ValueTask RemoveSocketsAsync(BroadcastOptions options, IReadOnlyList<string> rooms);

    /// <summary>Disconnects the sockets meant.</summary>
    public abstract ValueTask DisconnectSocketsAsync(BroadcastOptions options, bool close);

    /// <summary>Raises <see cref="RoomCreated"/>. What a listener throws is logged.</summary>
    protected void OnRoomCreated(string room) => Raise(RoomCreated, room);

    /// <summary>Raises <see cref="RoomDeleted"/>. What a listener throws is logged.</summary>
    protected void OnRoomDeleted(string room) => Raise(RoomDeleted, room);

    /// <summary>Raises <see cref="RoomJoined"/>. What a listener throws is logged.</summary>
    protected void OnRoomJoined(string room, string socketId) => Raise(RoomJoined, room, socketId);

    /// <summary>Raises <see cref="RoomLeft"/>. What a listener throws is logged.</summary>
    protected void OnRoomLeft(string room, string socketId) => Raise(RoomLeft, room, socketId);

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
