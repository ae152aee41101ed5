using Stork.Samples.Chat;

namespace Stork.Samples.Cluster;

/// <summary>Who is in which room, on all servers: they are asked, nothing is kept. A server that has died has nobody any more.</summary>
internal sealed class Presence(SocketIOServer io)
{
    private const string Lobby = "lobby";
    private const string Prefix = "room:";

    /// <summary>The Socket.IO room behind a room of the chat. A socket's id is a room, too: the prefix keeps people out of those.</summary>
    public static string Channel(string room) => Prefix + room;

    public async Task<Attendance> InRoomAsync(string room)
    {
        var sockets = await io.In(Channel(room)).FetchSocketsAsync();
        return new Attendance(room, [.. sockets.Select(PersonOf).OfType<Person>().Distinct()], Away: [], Got: []);
    }

    public async Task<RoomSummary[]> InAllRoomsAsync()
    {
        var sockets = await io.FetchSocketsAsync();
        var rooms = sockets.SelectMany(static socket => socket.Rooms)
            .Where(static room => room.StartsWith(Prefix, StringComparison.Ordinal))
            .CountBy(static room => room[Prefix.Length..])
            .ToDictionary(StringComparer.Ordinal);
        rooms.TryAdd(Lobby, 0);
        return [.. rooms.Select(static room => new RoomSummary(room.Key, room.Value))];
    }

    private static Person? PersonOf(RemoteSocket socket) => socket.GetData<Person>(TabIdentity.PersonKey);
}
