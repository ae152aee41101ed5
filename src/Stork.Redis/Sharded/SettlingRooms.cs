namespace Stork.Redis.Sharded;

/// <summary>
/// Rooms that sockets of all servers were told to join or to leave just now. The servers have that still before them, and to subscribe to
/// the channels of the rooms; what is emitted to such a room goes behind it, on the channel of all.
/// </summary>
internal sealed class SettlingRooms(TimeProvider time)
{
    /// <summary>Beyond, every room counts as one of them: that is never wrong, only more work for servers without the room.</summary>
    private const int MaxRooms = 10_000;

    /// <summary>Much longer than a server that is well takes to subscribe.</summary>
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private readonly Queue<(string Room, long Since)> _order = [];
    private readonly Dictionary<string, long> _rooms = new(StringComparer.Ordinal);
    private long? _overflow;
    private volatile bool _isEmpty = true;

    public void Add(IReadOnlyList<string> rooms)
    {
        var now = time.GetTimestamp();
        lock (_gate)
        {
            Expire(now);
            foreach (var room in rooms)
            {
                if (_order.Count == MaxRooms)
                {
                    _overflow = now;
                    break;
                }

                _order.Enqueue((room, now));
                _rooms[room] = now;
            }

            _isEmpty = false;
        }
    }

    public bool Contains(string room)
    {
        if (_isEmpty) return false;
        lock (_gate)
        {
            Expire(time.GetTimestamp());
            return _overflow is not null || _rooms.ContainsKey(room);
        }
    }

    private void Expire(long now)
    {
        while (_order.TryPeek(out var oldest) && time.GetElapsedTime(oldest.Since, now) > Duration)
        {
            _order.Dequeue();
            if (_rooms.TryGetValue(oldest.Room, out var latest) && latest == oldest.Since) _rooms.Remove(oldest.Room);
        }

        if (_overflow is { } since && time.GetElapsedTime(since, now) > Duration) _overflow = null;
        _isEmpty = _order.Count == 0 && _overflow is null;
    }
}
