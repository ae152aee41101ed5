using Stork.Queues.Journal;
using Stork.Queues.Records;
using Stork.Shared;

namespace Stork.Queues.Core;

/// <summary>How far the wall clock is off the shard's own time is remembered over a restart, where only the wall clock says how much time has passed.</summary>
internal sealed partial class ShardCore
{
    /// <summary>Room for a Clock record.</summary>
    public const int ClockBytes = 64;

    /// <summary>
    /// Each segment says it anew: what is in it may be replayed by it when the older ones are gone, and what is written of them again comes behind.
    /// </summary>
    public void NoteShift(long shift)
    {
        if (shift != Wall.Shift) EmitClock(shift, Now);
        else if (shift != 0 && Wall.Segment != _journal.Position.Segment) EmitClock(shift, Wall.JumpedAt);
    }

    private void EmitClock(long shift, long jumpedAt) => Emit(new ClockRecord(shift, jumpedAt), SyncClass.Lazy);
}
