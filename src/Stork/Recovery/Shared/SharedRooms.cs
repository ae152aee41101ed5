namespace Stork.Recovery.Shared;

/// <summary>The rooms of a shared session, and since when it is in each: what was sent to a room before, or after it left, is not for
/// it.</summary>
/// <remarks>The lock of <see cref="SharedSessions"/> guards it.</remarks>
internal sealed class SharedRooms
{
    /// <summary>Rooms it has left, of which that is remembered; beyond, a client that was away so long connects anew.</summary>
    private const int MaxFormer = 100;

    private readonly Dictionary<string, EventOffset> _present = new(StringComparer.Ordinal);
    private readonly Queue<ClusterMembership> _former = new();

    /// <summary>From here on it is known in which rooms it was.</summary>
    public EventOffset CompleteFrom { get; private set; }

    public IReadOnlyCollection<string> Present => _present.Keys;

    /// <summary>Those of a session that was taken.</summary>
    public static SharedRooms Of(ClusterSession session)
    {
        var rooms = new SharedRooms { CompleteFrom = session.Start };
        foreach (var membership in session.Rooms)
        {
            if (membership.Left is null) rooms._present[membership.Room] = membership.Joined;
            else rooms._former.Enqueue(membership);
        }

        return rooms;
    }

    /// <returns>Whether that is new.</returns>
    public bool Join(string room, EventOffset position) => _present.TryAdd(room, position);

    /// <returns>Whether it was in it.</returns>
    public bool Leave(string room, EventOffset position)
    {
        if (!_present.Remove(room, out var joined)) return false;
        _former.Enqueue(new ClusterMembership(room, joined, position));
        if (_former.Count <= MaxFormer || _former.Dequeue().Left is not { } left) return true;
        if (left.IsBehind(CompleteFrom)) CompleteFrom = left;
        return true;
    }

    /// <summary>Whether it was in a room when an event came.</summary>
    public bool WasIn(string room, EventOffset offset)
    {
        if (_present.TryGetValue(room, out var joined) && offset.IsBehind(joined)) return true;
        foreach (var former in _former)
        {
            if (former.Room == room && former.Covers(offset)) return true;
        }

        return false;
    }

    public ClusterMembership[] ToArray() => [.. _present.Select(static room => new ClusterMembership(room.Key, room.Value)), .. _former];
}
