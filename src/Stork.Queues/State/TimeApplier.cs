using System.Runtime.CompilerServices;

namespace Stork.Queues.State;

/// <summary>
/// What changes by the clock alone, without a record: after a start it follows from the records and the clock once more. A delayed message
/// becomes ready, one that was retained goes, ids are forgotten whose window is over, and a message is put off for a moment that cannot go
/// out just now.
/// </summary>
internal sealed class TimeApplier(ShardState state, Placement placement)
{
    /// <summary>Makes ready what is due.</summary>
    public void WakeDue()
    {
        while (state.Due.TryPeek(out var message, out var due) && due <= state.Now)
        {
            state.Due.Dequeue();
            Wake(message, due, byWallClock: false);
        }

        while (state.DueByWallClock.TryPeek(out var message, out var due) && due <= state.Wall.Now)
        {
            state.DueByWallClock.Dequeue();
            Wake(message, due, byWallClock: true);
        }
    }

    /// <summary>A retained message goes: that follows from the Settle record that retained it.</summary>
    public void EndRetention(QueueState queue, long sequence)
    {
        ref var entry = ref queue.Find(sequence);
        state.Live.Add(entry.Segment, -entry.Size);
        Placement.ChangeState(queue, ref entry, MessageState.Ready);
        Placement.RemoveEntry(queue, sequence);
    }

    /// <summary>Forgets ids whose window is over.</summary>
    /// <returns>The second in which the next one is forgotten; 0: there is none.</returns>
    public uint ForgetDuplicates(QueueState queue)
    {
        if (queue.Work?.Dedup is not { } dedup) return 0;
        state.Remembered -= dedup.Count;
        dedup.Forget(state.Now);
        state.Remembered += dedup.Count;
        if (dedup.NextEnd is { } end) return Entry.ExpirySeconds(end);
        queue.Work.Dedup = null;
        queue.Trim();
        return 0;
    }

    /// <summary>
    /// A message that was handed out before waits for a moment. Others of its queue may go meanwhile, but none of its key.
    /// </summary>
    public void PutOff(QueueState queue, long sequence, long until) =>
        placement.PlaceAgain(queue, ref queue.Find(sequence), sequence, queue.Extra(sequence)!, until);

    /// <summary>A message whose bytes cannot be read waits, and lets the others of its lane pass.</summary>
    public void PutOffUnreadable(QueueState queue, long sequence, Lane? lane, long until)
    {
        state.Observer?.BeforeChange(queue);
        Placement.ChangeState(queue, ref queue.Find(sequence), MessageState.Scheduled);
        state.Due.Enqueue(new DueMessage(queue, sequence, lane?.Hash ?? 0), until);
        lane?.Advance();
        if (lane is { Head: not 0 }) Lanes.MarkReady(queue, lane);
    }

    private void Wake(in DueMessage message, long due, bool byWallClock)
    {
        // What waits is not taken out of the heap when it ends otherwise: so it is looked at again.
        var queue = message.Queue;
        if (state.Peek(queue.Id) != queue) return;
        ref var entry = ref queue.Find(message.Sequence);
        if (Unsafe.IsNullRef(ref entry) || entry.State != MessageState.Scheduled || entry.ByWallClock != byWallClock) return;
        var extra = queue.Extra(message.Sequence);
        if (extra is not null && extra.DueAt > state.Now) return;
        if (byWallClock) placement.EndWait(queue, ref entry, state.Wall.When(due, state.Now) - due);
        Placement.ChangeState(queue, ref entry, MessageState.Ready);
        if (extra is not null) extra.DueAt = 0;
        if (entry.Laned && extra?.Lane is null) Lanes.Add(queue, message.Lane, message.Sequence);
        else placement.MakeAvailable(queue, entry.Priority, message.Sequence, extra?.Lane);
        state.Volatile.MarkDirty(queue);
    }
}
