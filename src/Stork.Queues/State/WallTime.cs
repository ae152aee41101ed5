namespace Stork.Queues.State;

/// <summary>
/// The wall clock as it is, jumps and all, beside the shard's own time, which follows none: what is to happen at a time of day goes by it,
/// and times are shown by it.
/// </summary>
internal sealed class WallTime
{
    /// <summary>
    /// Milliseconds: while messages wait for a time, the clock is looked at this often, as it may jump and the machine may sleep, and no
    /// timer notices.
    /// </summary>
    public const long LookInterval = 1000;

    /// <summary>Unix milliseconds; may go back.</summary>
    public long Now { get; set; }

    /// <summary>The wall clock less the shard's time where they differ much, as the journal knows it.</summary>
    public long Shift { get; private set; }

    /// <summary>The segment with the record of the shift.</summary>
    public uint Segment { get; private set; }

    /// <summary>The shard's time of the last jump; 0: there was none.</summary>
    public long JumpedAt { get; private set; }

    [Durable]
    public void Set(long shift, long jumpedAt, uint segment) => (Shift, JumpedAt, Segment) = (shift, jumpedAt, segment);

    /// <summary>A time of the shard, or of the wall clock already, as the wall clock has it.</summary>
    public DateTimeOffset Show(long time, bool byWallClock = false) =>
        DateTimeOffset.FromUnixTimeMilliseconds(byWallClock ? time : time + Shift);

    /// <summary>
    /// The shard's time at which it was this late on the wall clock. What a jump passed over is no lateness.
    /// </summary>
    public long When(long time, long now) => now - Math.Clamp(Now - time, 0, Math.Max(0, now - JumpedAt));
}
