using Stork.Samples.Chat;

namespace Stork.Samples.Cluster;

/// <summary>What one connection can do. Made for each socket, whose events are handled one after the other: no lock is needed.</summary>
internal sealed class ClusterHub(SocketIOServer io, Presence presence, MessageHistory history, ServerName server, TimeProvider time)
    : ISocketHandler
{
    /// <summary>The same on all servers: who comes to another one need not think that everything was restarted.</summary>
    private const string Run = "cluster";

    private readonly HashSet<string> _joined = new(StringComparer.Ordinal);
    private Socket _socket = null!;
    private Person _me = null!;

    public async Task OnConnectedAsync(Socket socket)
    {
        _socket = socket;
        _me = TabIdentity.PersonOf(socket);
        var limit = new RateLimit(time);
        socket.Use(_ => limit.WaitAsync(socket.Disconnected));
        socket.On("join", (string room, long after) => JoinAsync(room, after));
        socket.On("leave", (string room) => LeaveAsync(room));
        socket.On("say", (Draft? draft) => SayAsync(draft));
        socket.On("typing", (string room) => TypingAsync(room));
        socket.On("quit", LeaveAllAsync);
        // Nobody is told who has which message: that would be a state of the whole cluster.
        socket.On("got", static (string _, long _) => { });
        socket.OnDisconnect(_ => LeaveAllAsync());
        foreach (var room in socket.Handshake.GetAuth<Introduction>()!.Rooms.Take(ChatRules.MaxRoomsPerConnection))
            if (ChatRules.IsRoomName(room)) await EnterAsync(room);
        await socket.EmitAsync("welcome", new Welcome(Run, _me, await presence.InAllRoomsAsync(), ChatRules.Limits, server.Text));
        await socket.EmitAsync("synced");
    }

    /// <summary>Answers with what was said since the last message the client knows, on whatever server it was.</summary>
    private async Task<ChatMessage[]> JoinAsync(string room, long after)
    {
        if (!ChatRules.IsRoomName(room)) throw new AcknowledgementException("room_name", ChatRules.RoomNameRule);
        await EnterAsync(room);
        await _socket.EmitAsync("people", await presence.InRoomAsync(room));
        return await history.ReadAsync(room, after);
    }

    private async Task EnterAsync(string room)
    {
        if (_joined.Contains(room)) return;
        if (_joined.Count >= ChatRules.MaxRoomsPerConnection) throw new AcknowledgementException("too_many_rooms", "Leave a room first.");
        _joined.Add(room);
        await _socket.JoinAsync(Presence.Channel(room));
        await SendChangeAsync("joined", room);
    }

    private async Task LeaveAsync(string room)
    {
        if (!_joined.Remove(room)) return;
        await _socket.LeaveAsync(Presence.Channel(room));
        await SendChangeAsync("left", room);
    }

    private async Task SendChangeAsync(string change, string room)
    {
        await io.To(Presence.Channel(room)).EmitAsync(change, new RoomEvent(room, _me));
        await io.EmitAsync("room", new RoomSummary(room, (await presence.InRoomAsync(room)).People.Length));
    }

    private async Task<Receipt> SayAsync(Draft? draft)
    {
        if (draft is null || !_joined.Contains(draft.Room)) throw new AcknowledgementException("not_in_room", "Join the room first.");
        var (said, imageType) = ChatRules.Check(draft);
        var message = await history.AddAsync(new ChatMessage(
            said.Room, Number: 0, said.Id, _me, time.GetUtcNow(), said.Text, said.Image, imageType, DeliveredTo: 0));
        await io.To(Presence.Channel(said.Room)).EmitAsync("message", message);
        return new Receipt(message.Number, message.At);
    }

    /// <summary>Volatile: whoever cannot take it right now need not know.</summary>
    private ValueTask TypingAsync(string room) =>
        _joined.Contains(room)
            ? _socket.To(Presence.Channel(room)).Volatile.EmitAsync("typing", new RoomEvent(room, _me))
            : ValueTask.CompletedTask;

    private async Task LeaveAllAsync()
    {
        foreach (var room in _joined.ToList()) await LeaveAsync(room);
    }
}
