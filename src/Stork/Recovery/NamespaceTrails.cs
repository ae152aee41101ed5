using System.Text;

namespace Stork.Recovery;

/// <summary>
/// The log's view of a namespace: its trails, and the sessions that are in it. It outlives the namespace itself, which may come and go.
/// </summary>
/// <remarks>The log's lock guards it.</remarks>
internal sealed class NamespaceTrails(string name)
{
    private readonly Dictionary<string, EventTrail> _rooms = new(StringComparer.Ordinal);

    public string Name { get; } = name;

    public byte[] Utf8Name { get; } = Encoding.UTF8.GetBytes(name);

    /// <summary>What went to everybody.</summary>
    public EventTrail Everybody { get; } = new(room: null, receiver: null);

    /// <summary>The sessions by the id of their socket.</summary>
    public Dictionary<string, Session> Sessions { get; } = new(StringComparer.Ordinal);

    /// <summary>Sockets without a session, which get events without offsets.</summary>
    public int Outsiders { get; set; }

    /// <summary>Whether clients may join, so that what is emitted to the namespace is known to the log.</summary>
    public bool IsAttached { get; set; }

    public EventTrail? Find(string room) => _rooms.GetValueOrDefault(room);

    public EventTrail Open(string room)
    {
        if (_rooms.TryGetValue(room, out var known)) return known;
        var made = new EventTrail(room, receiver: null);
        _rooms.Add(room, made);
        return made;
    }

    /// <summary>The trails of rooms somebody is in. The id of a socket is a room too, and another one may bear its name.</summary>
    public EventTrail[] Resolve(IReadOnlyList<string> rooms)
    {
        var found = new List<EventTrail>(rooms.Count);
        foreach (var room in rooms)
        {
            if (Find(room) is { Members: > 0 } trail && !found.Contains(trail)) found.Add(trail);
            if (Sessions.TryGetValue(room, out var session) && !found.Contains(session.Own)) found.Add(session.Own);
        }

        return [.. found];
    }

    /// <summary>Lets go of a room that nobody looks at any more.</summary>
    public void Close(EventTrail room)
    {
        if (room is { Memberships: 0, Count: 0 }) _rooms.Remove(room.Room!);
    }
}
