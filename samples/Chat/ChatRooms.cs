namespace Stork.Samples.Chat;

/// <summary>
/// All rooms. What is said goes to the <see cref="Archive"/>, and then into the inbox of everybody who belongs to the room. Who is here,
/// comes and goes is known in memory only, and told while the lock is held, so that everybody learns of it in the order in which it
/// happened; emitting only puts events into the outputs of connections and waits for nobody.
/// </summary>
internal sealed class ChatRooms
{
    public const string Lobby = "lobby";

    private readonly Lock _gate = new();
    private readonly Dictionary<string, ChatRoom> _rooms = new(StringComparer.Ordinal) { [Lobby] = new ChatRoom(Lobby) };
    private readonly SocketIOServer _io;
    private readonly Archive _archive;
    private readonly NameRegistry _names;
    private readonly TimeProvider _time;

    public ChatRooms(SocketIOServer io, Archive archive, NameRegistry names, TimeProvider time) =>
        (_io, _archive, _names, _time) = (io, archive, names, time);

    /// <summary>Tells clients that come back whether it is still the same server.</summary>
    private string Run { get; } = Guid.NewGuid().ToString("N");

    /// <summary>The Socket.IO room behind a room of the chat. A socket's id is a room, too: the prefix keeps people out of those.</summary>
    public static string Channel(string room) => "room:" + room;

    /// <summary>The Socket.IO room with all tabs of a person.</summary>
    public static string Channel(Person person) => "person:" + person.Id;

    /// <summary>Before anybody is let in: the rooms as they were when the server ended, however that was.</summary>
    public async Task RestoreAsync()
    {
        var now = _time.GetUtcNow();
        foreach (var message in await _archive.ReadMessagesAsync()) GetOrAdd(message.Room).Add(message, now);
        foreach (var (name, person, _) in await _archive.ReadMembersAsync())
        {
            GetOrAdd(name).Restore(person, now);
            _names.TryClaim(person);
        }

        // One message of each room may have been on its way into the inboxes; those that have it do not take it again.
        foreach (var room in _rooms.Values)
            if (room.Last is { } last) await DeliverAsync(last, room.Members);

        ChatRoom GetOrAdd(string name) => _rooms.TryGetValue(name, out var room) ? room : _rooms[name] = new ChatRoom(name);
    }

    /// <summary>Counts a connection in; the room is made if need be.</summary>
    /// <exception cref="AcknowledgementException">The room is full, or there are too many.</exception>
    public async Task EnterAsync(string name, Person person)
    {
        List<Membership> changes = [];
        lock (_gate)
        {
            if (!_rooms.TryGetValue(name, out var room)) _rooms.Add(name, room = Open(name, changes));
            if (room.IsFull && !room.Contains(person))
            {
                if (room.DropAbsent() is not { } dropped) throw new AcknowledgementException("room_full", $"{name} is full.");
                changes.Add(new Membership(name, dropped, IsOver: true));
            }

            if (room.Enter(person, _time.GetUtcNow()))
            {
                changes.Add(new Membership(name, person));
                _ = _io.To(Channel(name)).EmitAsync("joined", new RoomEvent(name, person));
                _ = _io.EmitAsync("room", room.Summary);
            }
        }

        await Task.WhenAll(changes.Select(_archive.SetMembershipAsync));
    }

    /// <summary>Counts a connection out.</summary>
    /// <param name="name">The room.</param>
    /// <param name="person">Who.</param>
    /// <param name="isForGood">Whether the person need not get what will be said here.</param>
    public async Task LeaveAsync(string name, Person person, bool isForGood)
    {
        lock (_gate)
        {
            if (!_rooms.TryGetValue(name, out var room) || !room.Leave(person, isForGood, _time.GetUtcNow())) return;
            _ = _io.To(Channel(name)).EmitAsync(isForGood ? "left" : "away", new RoomEvent(name, person));
            _ = _io.EmitAsync("room", room.Summary);
        }

        if (isForGood) await _archive.SetMembershipAsync(new Membership(name, person, IsOver: true));
    }

    /// <summary>Tells one client which rooms there are.</summary>
    public void SendWelcome(Socket socket, Person person)
    {
        lock (_gate)
        {
            RoomSummary[] summaries = [.. _rooms.Values.Select(static room => room.Summary)];
            _ = socket.EmitAsync("welcome", new Welcome(Run, person, summaries, ChatRules.Limits));
        }
    }

    /// <summary>Tells one client who is in a room.</summary>
    public void SendPeople(Socket socket, string name, Person person)
    {
        lock (_gate) _ = socket.EmitAsync("people", _rooms[name].AttendanceFor(person));
    }

    public ChatMessage[] MessagesAfter(string name, long after)
    {
        lock (_gate) return _rooms[name].MessagesAfter(after);
    }

    /// <summary>
    /// Stores a message, and puts it into the inboxes. Doing it again changes nothing, as archive and inboxes know the message by its id:
    /// a client may send it until it is answered, and the server be killed in the middle.
    /// </summary>
    public async Task<ChatMessage> SayAsync(Person from, Draft draft, string? imageType)
    {
        ChatRoom room;
        lock (_gate) room = _rooms[draft.Room];
        // One message of a room after the other: every inbox has them in the order of their numbers.
        await room.Turn.WaitAsync();
        try
        {
            var now = _time.GetUtcNow();
            var message = new ChatMessage(draft.Room, Number: 0, draft.Id, from, now, draft.Text, draft.Image, imageType, DeliveredTo: 0);
            message = message with { Number = await _archive.AddAsync(message) };
            Person[] members;
            lock (_gate)
            {
                message = room.Add(message, now);
                members = room.Members;
            }

            await DeliverAsync(message, members);
            return message;
        }
        finally
        {
            room.Turn.Release();
        }
    }

    /// <summary>A person's page has taken in all messages up to a number: tells their authors.</summary>
    public void Got(string name, Person person, long number)
    {
        lock (_gate)
        {
            if (!_rooms.TryGetValue(name, out var room)) return;
            foreach (var message in room.Got(person, number))
                _ = _io.To(Channel(message.From)).EmitAsync("delivered", new Delivery(name, message.Id, message.DeliveredTo));
        }
    }

    private async Task DeliverAsync(ChatMessage message, Person[] members)
    {
        var options = new InboxMessageOptions { DedupId = message.UniqueId };
        await Task.WhenAll(members.Select(member => _io.Inbox(member.Id).With(options).EmitAsync("message", message)));
    }

    /// <summary>A new room takes the place of the one that has been empty longest, once there are as many as there may be.</summary>
    private ChatRoom Open(string name, List<Membership> changes)
    {
        if (_rooms.Count >= ChatRules.MaxRooms)
        {
            var abandoned = _rooms.Values.Where(static room => room.IsEmpty && room.Name != Lobby).MinBy(static room => room.LastUsed)
                ?? throw new AcknowledgementException("too_many_rooms", "There are as many rooms as there can be.");
            _rooms.Remove(abandoned.Name);
            changes.AddRange(abandoned.Members.Select(person => new Membership(abandoned.Name, person, IsOver: true)));
            _ = _archive.ClearAsync(abandoned.Name);
            _ = _io.EmitAsync("gone", abandoned.Name);
        }

        return new ChatRoom(name);
    }
}
