namespace Stork.Samples.Chat;

/// <summary>
/// All rooms, in memory. Who is here, who comes and who goes is told while the lock is held, so that everybody learns of it in the order in
/// which it happened. Emitting only puts events into the outputs of connections and waits for nobody.
/// </summary>
internal sealed class ChatRooms
{
    public const string Lobby = "lobby";

    private readonly Lock _gate = new();
    private readonly Dictionary<string, ChatRoom> _rooms = new(StringComparer.Ordinal) { [Lobby] = new ChatRoom(Lobby) };
    private readonly SocketIOServer _io;
    private readonly TimeProvider _time;

    public ChatRooms(SocketIOServer io, TimeProvider time) => (_io, _time) = (io, time);

    /// <summary>Tells clients that come back whether it is still the same server.</summary>
    private string Run { get; } = Guid.NewGuid().ToString("N");

    /// <summary>The Socket.IO room behind a room of the chat. A socket's id is a room, too: the prefix keeps people out of those.</summary>
    public static string Channel(string room) => "room:" + room;

    /// <summary>Counts a connection in; the room is made if need be.</summary>
    /// <exception cref="AcknowledgementException">The room is full, or there are too many.</exception>
    public void Enter(string name, Person person)
    {
        lock (_gate)
        {
            if (!_rooms.TryGetValue(name, out var room)) _rooms.Add(name, room = Open(name));
            if (room.IsFull && !room.Contains(person)) throw new AcknowledgementException("room_full", $"{name} is full.");
            if (!room.Enter(person, _time.GetUtcNow())) return;
            _ = _io.To(Channel(name)).EmitAsync("joined", new RoomEvent(name, person));
            _ = _io.EmitAsync("room", room.Summary);
        }
    }

    /// <summary>Counts a connection out.</summary>
    public void Leave(string name, Person person)
    {
        lock (_gate)
        {
            if (!_rooms.TryGetValue(name, out var room) || !room.Leave(person, _time.GetUtcNow())) return;
            _ = _io.To(Channel(name)).EmitAsync("left", new RoomEvent(name, person));
            _ = _io.EmitAsync("room", room.Summary);
        }
    }

    /// <summary>Tells one client which rooms there are.</summary>
    public void Welcome(Socket socket, Person person)
    {
        lock (_gate)
        {
            RoomSummary[] summaries = [.. _rooms.Values.Select(static room => room.Summary)];
            _ = socket.EmitAsync("welcome", new Welcome(Run, person, summaries, ChatRules.Limits));
        }
    }

    /// <summary>Tells one client who is in a room.</summary>
    public void TellPeople(Socket socket, string name)
    {
        lock (_gate) _ = socket.EmitAsync("people", _rooms[name].Attendance);
    }

    public ChatMessage[] Recall(string name, long after)
    {
        lock (_gate) return _rooms[name].Recall(after);
    }

    public ChatMessage Add(Person from, Draft draft, string? imageType, out bool isNew)
    {
        lock (_gate) return _rooms[draft.Room].Add(from, draft, imageType, _time.GetUtcNow(), out isNew);
    }

    public void SetDelivered(ChatMessage message, int count)
    {
        lock (_gate)
        {
            if (_rooms.TryGetValue(message.Room, out var room)) room.SetDelivered(message, count);
        }
    }

    /// <summary>A new room takes the place of the one that has been empty longest, once there are as many as there may be.</summary>
    private ChatRoom Open(string name)
    {
        if (_rooms.Count >= ChatRules.MaxRooms)
        {
            var empty = _rooms.Where(static entry => entry.Value.IsEmpty && entry.Key != Lobby);
            var (abandoned, _) = empty.MinBy(static entry => entry.Value.LastUsed);
            if (abandoned is null) throw new AcknowledgementException("too_many_rooms", "There are as many rooms as there can be.");
            _rooms.Remove(abandoned);
            _ = _io.EmitAsync("gone", abandoned);
        }

        return new ChatRoom(name);
    }
}
