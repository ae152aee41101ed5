namespace Stork.Recovery;

/// <summary>
/// That a session is or was in a room: it has a right to what was emitted there behind <see cref="Joined"/>, up to <see cref="Left"/>.
/// </summary>
internal sealed class Membership(EventTrail room, long joined)
{
    public EventTrail Room { get; } = room;

    /// <summary>The last event before the session joined.</summary>
    public long Joined { get; } = joined;

    /// <summary>The last event before the session left; beyond all numbers while it is in the room.</summary>
    public long Left { get; set; } = long.MaxValue;

    public bool Covers(long sequence) => sequence > Joined && sequence <= Left;
}
