using Stork.Queues.Journal;
using Stork.Queues.Records;
using Stork.Queues.State;

namespace Stork.Queues.Rules;

/// <summary>
/// How far the wall clock is off the shard's own time is remembered over a restart, where only the wall clock says how
/// much time has passed.
/// </summary>
internal sealed class ClockKeeping(RuleContext context, IJournal journal)
{
    private WallTime Wall => context.State.Wall;

    /// <summary>
    /// Each segment says it anew: what is in it may be replayed by it when the older ones are gone, and what is written of them again comes
    /// behind.
    /// </summary>
    public void RecordShift(long shift)
    {
        if (shift != Wall.Shift) Emit(shift, context.State.Now);
        else if (shift != 0 && Wall.Segment != journal.Position.Segment) Restate();
    }

    public void Restate() => Emit(Wall.Shift, Wall.JumpedAt);

    private void Emit(long shift, long jumpedAt) => context.Emitter.Emit(new ClockRecord(shift, jumpedAt), SyncClass.Lazy);
}
