using System.Diagnostics;
using Stork.SocketIO.Rooms;

namespace Stork.Recovery;

/// <summary>
/// The kept events that went one way: to everybody in a namespace, to a room, or to one session. What was forgotten of it is remembered
/// as a number, so that it can be proved that a client missed nothing.
/// </summary>
/// <remarks>A ring that grows; events come and go at its ends, in the order of their sequence. The log's lock guards it.</remarks>
[DebuggerDisplay("{Room ?? (Receiver is null ? \"everybody\" : \"one session\")}: {Count} events, forgotten to {ForgottenTo}")]
internal sealed class EventTrail
{
    private const int FirstCapacity = 4;

    private LoggedEvent[] _events = [];
    private int _head;

    /// <param name="room">The room's name; null for the trail of a namespace or a session.</param>
    /// <param name="receiver">For the trail of a session, that session.</param>
    public EventTrail(string? room, Session? receiver)
    {
        Room = room;
        Receiver = receiver;
    }

    public string? Room { get; }

    public int NameBytes => Room is null ? 0 : RoomNames.SizeOf(Room);

    public Session? Receiver { get; }

    public int Count { get; private set; }

    /// <summary>The last event that was here and is forgotten.</summary>
    public long ForgottenTo { get; set; }

    /// <summary>For a room: the memberships that look at it, present and former. Without any it need not be kept.</summary>
    public int Memberships { get; set; }

    /// <summary>For a room: the sessions that are in it now. Without any, nobody has a right to what is emitted to it.</summary>
    public int Members { get; set; }

    public LoggedEvent this[int index] => _events[(_head + index) & (_events.Length - 1)];

    public void Add(LoggedEvent logged)
    {
        if (Count == _events.Length) Grow();
        _events[(_head + Count) & (_events.Length - 1)] = logged;
        Count++;
    }

    /// <summary>Forgets the event if it is the oldest here, which it is as events are forgotten in their order.</summary>
    public void Forget(LoggedEvent logged)
    {
        if (Count == 0 || _events[_head] != logged) return;
        _events[_head] = null!;
        _head = (_head + 1) & (_events.Length - 1);
        Count--;
        ForgottenTo = logged.Sequence;
        if (Count > 0 || _events.Length <= FirstCapacity) return;
        _events = [];
        _head = 0;
    }

    /// <summary>The index of the first event behind a position.</summary>
    public int FirstAfter(long sequence)
    {
        int low = 0, high = Count;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (this[middle].Sequence <= sequence) low = middle + 1;
            else high = middle;
        }

        return low;
    }

    private void Grow()
    {
        var larger = new LoggedEvent[Math.Max(FirstCapacity, _events.Length * 2)];
        for (var i = 0; i < Count; i++) larger[i] = this[i];
        _events = larger;
        _head = 0;
    }
}
