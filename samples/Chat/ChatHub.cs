namespace Stork.Samples.Chat;

/// <summary>What one connection can do. Made for each socket, whose events are handled one after the other: no lock is needed.</summary>
internal sealed class ChatHub(NameRegistry names, ChatRooms rooms, TimeProvider time) : ISocketHandler
{
    private readonly HashSet<string> _joined = new(StringComparer.Ordinal);
    private Socket _socket = null!;
    private Person _me = null!;

    public async Task OnConnectedAsync(Socket socket)
    {
        _socket = socket;
        _me = ChatAuthentication.PersonOf(socket);
        names.AddConnection(_me);
        var limit = new RateLimit(time);
        socket.Use(_ => limit.WaitAsync(socket.Disconnected));
        socket.On("join", (string room, long after) => JoinAsync(room, after));
        socket.On("leave", (string room) => LeaveAsync(room));
        socket.On("say", (Draft? draft) => SayAsync(draft));
        socket.On("got", (string room, long number) => rooms.Got(room, _me, number));
        socket.On("typing", (string room) => TypingAsync(room));
        socket.On("quit", QuitAsync);
        socket.OnDisconnect(_ => LeaveAllAsync());
        await socket.JoinAsync(ChatRooms.Channel(_me));

        // The tab is back before its connection was missed: nothing more may go to the old one.
        await socket.To(ChatAuthentication.TabOf(socket)).DisconnectSocketsAsync();
        await socket.JoinAsync(ChatAuthentication.TabOf(socket));

        // The client's rooms before its events: what it typed while it was away belongs there.
        foreach (var room in socket.Handshake.GetAuth<Introduction>()!.Rooms.Take(ChatRules.MaxRoomsPerConnection)) await RejoinAsync(room);
        rooms.SendWelcome(socket, _me);
    }

    /// <summary>Answers with what was said since the last message the client knows.</summary>
    private async Task<ChatMessage[]> JoinAsync(string room, long after)
    {
        await EnterAsync(room);
        rooms.SendPeople(_socket, room, _me);
        // What was said while it was away is in the inbox, too: told twice rather than never, and the page knows it by its id.
        rooms.Got(room, _me, after);
        return rooms.MessagesAfter(room, after);
    }

    private async Task EnterAsync(string? room)
    {
        if (!ChatRules.IsRoomName(room)) throw new AcknowledgementException("room_name", ChatRules.RoomNameRule);
        if (_joined.Contains(room)) return;
        if (_joined.Count >= ChatRules.MaxRoomsPerConnection) throw new AcknowledgementException("too_many_rooms", "Leave a room first.");
        await rooms.EnterAsync(room, _me);
        _joined.Add(room);
        await _socket.JoinAsync(ChatRooms.Channel(room));
    }

    private async Task RejoinAsync(string? room)
    {
        try
        {
            await EnterAsync(room);
        }
        catch (AcknowledgementException)
        {
            // Full by now, or never a room: the page asks again for each of its rooms, and is told why.
        }
    }

    private async Task LeaveAsync(string room)
    {
        if (!_joined.Remove(room)) return;
        await _socket.LeaveAsync(ChatRooms.Channel(room));
        await rooms.LeaveAsync(room, _me, isForGood: true);
    }

    /// <summary>The returned receipt is the acknowledgement: the message is stored, and in everybody's inbox.</summary>
    private async Task<Receipt> SayAsync(Draft? draft)
    {
        if (draft is null || !_joined.Contains(draft.Room)) throw new AcknowledgementException("not_in_room", "Join the room first.");
        var (checkedDraft, imageType) = ChatRules.Check(draft);
        var message = await rooms.SayAsync(_me, checkedDraft, imageType);
        return new Receipt(message.Number, message.At);
    }

    /// <summary>Volatile: whoever cannot take it right now need not know.</summary>
    private ValueTask TypingAsync(string room) =>
        _joined.Contains(room)
            ? _socket.To(ChatRooms.Channel(room)).Volatile.EmitAsync("typing", new RoomEvent(room, _me))
            : ValueTask.CompletedTask;

    /// <summary>The person goes on under another name, and wants nothing more under this one.</summary>
    private async Task QuitAsync()
    {
        foreach (var room in _joined.ToList()) await LeaveAsync(room);
    }

    private async Task LeaveAllAsync()
    {
        foreach (var room in _joined) await rooms.LeaveAsync(room, _me, isForGood: false);
        names.RemoveConnection(_me);
    }
}
