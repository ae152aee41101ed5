using Stork.SocketIO.Rooms;

namespace Stork;

/// <summary>The adapter of a server that stands alone: rooms live in its memory.</summary>
/// <remarks>Every socket is in a room named by its id; that room is implied and takes no memory.</remarks>
public class InMemoryAdapter : Adapter
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Room> _rooms = [];

    /// <summary>Creates the adapter of a namespace.</summary>
    public InMemoryAdapter(Namespace nsp)
        : base(nsp)
    {
    }

    /// <inheritdoc/>
    public override ValueTask<int> GetServerCountAsync(CancellationToken cancellationToken) => new(1);

    /// <inheritdoc/>
    public override ValueTask AddAsync(Socket socket, IReadOnlyList<string> rooms)
    {
        ArgumentNullException.ThrowIfNull(socket);
        ArgumentNullException.ThrowIfNull(rooms);
        foreach (var name in rooms)
        {
            bool created;
            lock (_gate)
            {
                // A socket that has left must not come back into a room nobody would ever remove it from.
                if (socket.IsGone || name == socket.Id || socket.JoinedRooms.Contains(name)) continue;
                Check(socket.JoinedRooms, name);
                created = !_rooms.TryGetValue(name, out var room);
                if (created) _rooms.Add(name, room = Create(name));
                room!.Add(socket);
                socket.JoinedRooms.Add(room.Name);
            }

            if (created) OnRoomCreated(name);
            OnRoomJoined(name, socket.Id);
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public override ValueTask RemoveAsync(Socket socket, string room)
    {
        ArgumentNullException.ThrowIfNull(socket);
        bool left, deleted;
        lock (_gate) left = Leave(socket, room, out deleted);
        Announce(socket, room, left, deleted);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public override ValueTask RemoveAllAsync(Socket socket)
    {
        ArgumentNullException.ThrowIfNull(socket);
        string[] rooms;
        lock (_gate) rooms = [.. socket.JoinedRooms.Names];
        foreach (var room in rooms)
        {
            bool left, deleted;
            lock (_gate) left = Leave(socket, room, out deleted);
            Announce(socket, room, left, deleted);
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public override IReadOnlyCollection<string> GetRooms(Socket socket)
    {
        ArgumentNullException.ThrowIfNull(socket);
        lock (_gate) return [socket.Id, .. socket.JoinedRooms.Names];
    }

    /// <inheritdoc/>
    public override IReadOnlyCollection<string> GetRooms()
    {
        lock (_gate) return [.. _rooms.Keys];
    }

    /// <inheritdoc/>
    public override ValueTask BroadcastAsync(BroadcastPacket packet, BroadcastOptions options)
    {
        ArgumentNullException.ThrowIfNull(packet);
        Receivers.Send(Select(options), packet.Encoded);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public override ValueTask BroadcastWithAckAsync(
        BroadcastPacket packet, BroadcastOptions options, IBroadcastAcknowledgements acknowledgements)
    {
        ArgumentNullException.ThrowIfNull(packet);
        ArgumentNullException.ThrowIfNull(acknowledgements);
        acknowledgements.Expect(Ask(packet, options, acknowledgements));
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public override ValueTask<RemoteSocketList> FetchSocketsAsync(BroadcastOptions options, CancellationToken cancellationToken) =>
        new(new RemoteSocketList([.. Select(options).Select(static socket => new RemoteSocket(socket))]));

    /// <inheritdoc/>
    public override async ValueTask AddSocketsAsync(BroadcastOptions options, IReadOnlyList<string> rooms)
    {
        // An adapter may have to wait for something before a join is done. All join before that, since whatever is sent to the rooms next
        // is for all of them.
        var joining = Array.ConvertAll(Select(options), socket => socket.JoinAsync(rooms).AsTask());
        await Task.WhenAll(joining);
    }

    /// <inheritdoc/>
    public override async ValueTask RemoveSocketsAsync(BroadcastOptions options, IReadOnlyList<string> rooms)
    {
        ArgumentNullException.ThrowIfNull(rooms);
        foreach (var socket in Select(options))
        {
            foreach (var room in rooms) await socket.LeaveAsync(room);
        }
    }

    /// <inheritdoc/>
    public override async ValueTask DisconnectSocketsAsync(BroadcastOptions options, bool close)
    {
        foreach (var socket in Select(options)) await socket.DisconnectAsync(close);
    }

    /// <summary>Whether a socket of this server is in a room, at the moment of the call; a socket's id is a room of its own.</summary>
    protected bool HasSocketsIn(string room)
    {
        ArgumentNullException.ThrowIfNull(room);
        lock (_gate)
        {
            if (_rooms.ContainsKey(room)) return true;
        }

        return Namespace.TryGetSocket(room, out _);
    }

    /// <summary>Sends a packet that asks for acknowledgements to the sockets of this server.</summary>
    /// <returns>How many were asked: counted behind the sending, as who leaves meanwhile was not.</returns>
    private protected int Ask(BroadcastPacket packet, BroadcastOptions options, IBroadcastAcknowledgements acknowledgements) =>
        Receivers.Ask(Select(options), packet.Encoded, acknowledgements);

    /// <summary>The connected sockets of this server that are meant, each once.</summary>
    private protected Socket[] Select(BroadcastOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var included = options.Rooms switch
        {
            [] => Namespace.SocketSnapshot,
            [var room] => Connected(Members(room)),
            var rooms => Connected(rooms.SelectMany(Members).Distinct().ToArray()),
        };
        if (options.Except.Count == 0 || included.Length == 0) return included;
        var excluded = options.Except.SelectMany(Members).ToHashSet();
        return excluded.Count == 0 ? included : Array.FindAll(included, socket => !excluded.Contains(socket));
    }

    /// <summary>Middlewares may put a socket into rooms that nobody has let in yet.</summary>
    private static Socket[] Connected(Socket[] members) =>
        Array.TrueForAll(members, static member => member.Connected) ? members : Array.FindAll(members, static member => member.Connected);

    private Socket[] Members(string name)
    {
        Socket[] members;
        lock (_gate) members = _rooms.TryGetValue(name, out var room) ? room.Members : [];
        // Any other room may happen to bear the name of a socket's id.
        return Namespace.TryGetSocket(name, out var own) ? [own, .. members.Where(member => member != own)] : members;
    }

    private bool Leave(Socket socket, string name, out bool deleted)
    {
        deleted = false;
        if (!socket.JoinedRooms.Remove(name) || !_rooms.TryGetValue(name, out var room) || !room.Remove(socket)) return false;
        deleted = room.Count == 0;
        if (!deleted) return true;
        _rooms.Remove(name);
        Namespace.Server.RoomBudget.Return(name);
        return true;
    }

    private void Check(JoinedRooms joined, string name)
    {
        var options = Namespace.Server.Options;
        if (joined.Names.Count >= options.MaxRoomsPerSocket)
            throw new InvalidOperationException($"The socket is in {joined.Names.Count} rooms, the limit set by MaxRoomsPerSocket.");
        var bytes = joined.Bytes + (long)RoomNames.SizeOf(name);
        if (bytes > options.MaxRoomBytesPerSocket)
        {
            throw new InvalidOperationException(
                $"The names of the socket's rooms would take {bytes} bytes, beyond the limit set by MaxRoomBytesPerSocket "
                + $"({options.MaxRoomBytesPerSocket}).");
        }
    }

    private Room Create(string name)
    {
        if (Namespace.Server.RoomBudget.TryTake(name)) return new Room(name);
        throw new InvalidOperationException(
            $"The names of all rooms would take more than the {Namespace.Server.Options.MaxRoomBytes} bytes set by MaxRoomBytes.");
    }

    private void Announce(Socket socket, string room, bool left, bool deleted)
    {
        if (left) OnRoomLeft(room, socket.Id);
        if (deleted) OnRoomDeleted(room);
    }
}
