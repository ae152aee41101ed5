namespace Stork.Timing;

/// <summary>
/// Something that wants to be called at a later time; a node of the wheel's own lists, so that waiting allocates nothing.
/// </summary>
/// <remarks>
/// Firing races with <see cref="TimerWheel.Cancel"/> and <see cref="TimerWheel.Schedule"/>: an entry that was taken out of its slot just
/// before it was cancelled still gets its call. Whoever derives from this checks its own state under its own lock.
/// </remarks>
internal abstract class WheelEntry
{
    internal WheelEntry? Next;
    internal WheelEntry? Previous;
    internal long DueTick;
    internal int Slot = TimerWheel.NoSlot;

    /// <summary>Called once on a thread of the pool when the time has come.</summary>
    internal abstract void OnDue();
}
