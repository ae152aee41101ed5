namespace Stork.Recovery;

/// <summary>
/// The sessions whose clients are away, the longest first. There may be so many, and the names of their rooms so large together.
/// </summary>
/// <remarks>The log's lock guards it. A session's rooms do not change while it is here.</remarks>
internal sealed class AwaySessions(int maxSessions, long maxRoomBytes)
{
    private readonly LinkedList<Session> _sessions = [];
    private long _roomBytes;

    public Session? Longest => _sessions.First?.Value;

    /// <summary>Whether the one that is away longest has to go.</summary>
    public bool IsOverLimit => _sessions.Count > maxSessions || _roomBytes > maxRoomBytes;

    public void Add(Session session)
    {
        session.AwayNode ??= new LinkedListNode<Session>(session);
        _sessions.AddLast(session.AwayNode);
        _roomBytes += session.RoomBytes;
    }

    public void Remove(Session session)
    {
        if (session.AwayNode is { List: not null } node)
        {
            _sessions.Remove(node);
            _roomBytes -= session.RoomBytes;
        }

        session.AwayNode = null;
    }

    public void Clear()
    {
        _sessions.Clear();
        _roomBytes = 0;
    }
}
