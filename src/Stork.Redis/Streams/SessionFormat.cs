using System.Buffers.Text;
using System.Text;
using Stork.Redis.Wire;

namespace Stork.Redis.Streams;

/// <summary>
/// Sessions as bytes: what official servers write, and beside it, in a member that they do not look at, what Stork's servers know more.
/// </summary>
/// <remarks>
/// <code>
/// { sid, pid, rooms: [id, room, …], data, stork: { nsp, start, identity, joined: { room: offset, … }, left: [[room, joined, left], …] } }
/// </code>
/// MessagePack; base64 of it under the official key.
/// </remarks>
internal sealed class SessionFormat(string nsp, int maxDepth, int maxSize)
{
    private const string More = "stork";

    private readonly BusObjectWriter _objects = new(maxDepth);

    /// <summary>Writes a session.</summary>
    public ReadOnlyMemory<byte> Write(ClusterSession session) => _objects.WritePacked(session.Data.Attachments, json =>
    {
        var present = session.Rooms.Where(static room => room.Left is null).ToList();
        json.WriteString("sid"u8, session.SocketId);
        json.WriteString("pid"u8, session.Pid);
        BusObjectWriter.WriteTexts(json, "rooms", [session.SocketId, .. present.Select(static room => room.Room)]);
        BusObjectWriter.WritePayload(json, "data"u8, session.Data);
        json.WriteStartObject(More);
        json.WriteString("nsp"u8, nsp);
        json.WriteString("start"u8, session.Start.ToString());
        if (session.Identity is { } identity) json.WriteString("identity"u8, identity);
        BusObjectWriter.WriteTexts(json, "joined", present.Select(static room => room.Joined.ToString()));
        var former = session.Rooms.Where(static room => room.Left is not null);
        BusObjectWriter.WriteTexts(
            json, "left", former.SelectMany(static room => (string[])[room.Room, room.Joined.ToString(), room.Left.ToString()!]));
        json.WriteEndObject();
    });

    /// <summary>Writes a session as official servers take it over.</summary>
    public string WriteText(ClusterSession session) => Convert.ToBase64String(Write(session).Span);

    /// <summary>Reads a session.</summary>
    /// <param name="bytes">MessagePack, or base64 of it.</param>
    /// <param name="pid">What it was asked for with.</param>
    /// <param name="owner">Who has it.</param>
    /// <returns>Null if it is of another namespace.</returns>
    /// <exception cref="FormatException">It is no session.</exception>
    public ClusterSession? Read(byte[] bytes, string pid, string? owner)
    {
        var packed = Base64.IsValid(bytes) ? Convert.FromBase64String(Encoding.ASCII.GetString(bytes)) : bytes;
        var fields = BusFields.Read(packed, maxDepth, maxSize);
        var socketId = fields.FindText("sid") ?? throw new FormatException("A session has no id.");
        var more = fields.FindObject(More);
        if (more is not null && more.FindText("nsp") != nsp) return null;
        var rooms = fields.ReadTexts("rooms").Where(room => room != socketId).ToList();
        return new ClusterSession
        {
            Pid = pid,
            SocketId = socketId,
            Owner = owner,
            Data = fields.Find("data") ?? new JsonPayload("{}"u8.ToArray()),
            Start = ReadOffset(more?.FindText("start")),
            Identity = more?.FindText("identity"),
            Rooms = [.. ReadPresent(rooms, more?.ReadTexts("joined") ?? []), .. ReadFormer(more?.ReadTexts("left") ?? [])],
        };
    }

    /// <summary>Official servers do not say since when: all that was sent to a room is taken to be for it, as it is by them.</summary>
    private static IEnumerable<ClusterMembership> ReadPresent(List<string> rooms, string[] joined) =>
        rooms.Select((room, index) => new ClusterMembership(room, ReadOffset(joined.ElementAtOrDefault(index))));

    private static IEnumerable<ClusterMembership> ReadFormer(string[] left) =>
        left.Chunk(3).Where(static room => room.Length == 3)
            .Select(static room => new ClusterMembership(room[0], ReadOffset(room[1]), ReadOffset(room[2])));

    private static EventOffset ReadOffset(string? text)
    {
        if (text is null) return default;
        return EventOffset.TryParse(Encoding.ASCII.GetBytes(text), out var offset) ? offset : throw new FormatException("It is no offset.");
    }
}
