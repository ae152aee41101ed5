namespace Stork.Samples.Chat;

/// <summary>What one connection can do. Made for each socket, whose events are handled one after the other: no lock is needed.</summary>
internal sealed class ChatHub(Door door, ChatRooms rooms, TimeProvider time, ILogger<ChatHub> logger) : ISocketHandler
{
    private static readonly TimeSpan DeliveryTimeout = TimeSpan.FromSeconds(10);

    private readonly HashSet<string> _joined = new(StringComparer.Ordinal);
    private Socket _socket = null!;
    private Person _me = null!;

    public async Task OnConnectedAsync(Socket socket)
    {
        _socket = socket;
        _me = Door.PersonOf(socket);
        door.CameIn(_me);
        var pace = new Pace(time);
        socket.Use(_ => pace.WaitAsync(socket.Disconnected));
        socket.On("join", (string room, long after) => JoinAsync(room, after));
        socket.On("leave", (string room) => LeaveAsync(room));
        socket.On("say", (Draft? draft) => Say(draft));
        socket.On("typing", (string room) => TypingAsync(room));
        socket.OnDisconnect(_ => GoOut());

        // The client's rooms before its events: what it typed while it was away belongs there.
        foreach (var room in socket.Handshake.GetAuth<Introduction>()!.Rooms.Take(ChatRules.MaxRoomsPerConnection)) await RejoinAsync(room);
        rooms.Welcome(socket, _me);
    }

    /// <summary>Answers with what was said since the last message the client knows.</summary>
    private async Task<ChatMessage[]> JoinAsync(string room, long after)
    {
        await EnterAsync(room);
        rooms.TellPeople(_socket, room);
        // After joining: a message that comes in between is told twice rather than never, and the page knows it by its id.
        return rooms.Recall(room, after);
    }

    private async Task EnterAsync(string? room)
    {
        if (!ChatRules.IsRoomName(room)) throw new AcknowledgementException("room_name", ChatRules.RoomNameRule);
        if (_joined.Contains(room)) return;
        if (_joined.Count >= ChatRules.MaxRoomsPerConnection) throw new AcknowledgementException("too_many_rooms", "Leave a room first.");
        rooms.Enter(room, _me);
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
        rooms.Leave(room, _me);
    }

    /// <summary>The returned receipt is the acknowledgement; whether the others have the message is told later.</summary>
    private Receipt Say(Draft? draft)
    {
        if (draft is null || !_joined.Contains(draft.Room)) throw new AcknowledgementException("not_in_room", "Join the room first.");
        var (checkedDraft, imageType) = ChatRules.Check(draft);
        var message = rooms.Add(_me, checkedDraft, imageType, out var isNew);
        if (isNew) _ = DeliverAsync(message);
        return new Receipt(message.Number, message.At, message.DeliveredTo);
    }

    private async Task DeliverAsync(ChatMessage message)
    {
        try
        {
            var count = await CountDeliveriesAsync(message);
            rooms.SetDelivered(message, count);
            await _socket.EmitAsync("delivered", new Delivery(message.Room, message.Id, count));
        }
        catch (Exception exception)
        {
            logger.LogError(exception, "Message {Id} in {Room} could not be delivered.", message.Id, message.Room);
        }
    }

    /// <summary>Sends the message to everybody else in the room and waits until their pages have acknowledged it.</summary>
    private async Task<int> CountDeliveriesAsync(ChatMessage message)
    {
        try
        {
            var others = _socket.To(ChatRooms.Channel(message.Room)).Timeout(DeliveryTimeout);
            return (await others.EmitWithAckAsync<bool>("message", message)).Count;
        }
        catch (AcknowledgementTimeoutException exception)
        {
            // Somebody's connection was lost meanwhile; the others have it.
            return exception.Responses.Count;
        }
    }

    /// <summary>Volatile: whoever cannot take it right now need not know.</summary>
    private ValueTask TypingAsync(string room) =>
        _joined.Contains(room)
            ? _socket.To(ChatRooms.Channel(room)).Volatile.EmitAsync("typing", new RoomEvent(room, _me))
            : ValueTask.CompletedTask;

    private void GoOut()
    {
        foreach (var room in _joined) rooms.Leave(room, _me);
        door.WentOut(_me);
    }
}
