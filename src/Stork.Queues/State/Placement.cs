namespace Stork.Queues.State;

/// <summary>
/// Puts messages where their queue finds them: among those that wait for their time, in the lane of their key, or in line.
/// </summary>
internal sealed class Placement(ShardState state)
{
    /// <summary>The one place where the state of an entry changes, so that the queue's counts are always those of its entries.</summary>
    public static void ChangeState(QueueState queue, ref Entry entry, MessageState to)
    {
        if (entry.State == to) return;
        switch (entry.State)
        {
            case MessageState.Scheduled: queue.Busy.Scheduled--; break;
            case MessageState.InFlight: queue.Busy.InFlight--; break;
            case MessageState.Retained: queue.Busy.Retained--; break;
        }

        switch (to)
        {
            case MessageState.Scheduled: queue.Busy.Scheduled++; break;
            case MessageState.InFlight: queue.Busy.InFlight++; break;
            case MessageState.Retained: queue.Busy.Retained++; break;
        }

        entry.State = to;
    }

    public static void RemoveEntry(QueueState queue, long sequence)
    {
        if (queue.Work?.Late is not { } late || !late.Remove(sequence))
            queue.Entries.Remove(sequence, more: queue.Work is { Volatile.Consumers.Count: > 0 });
        queue.Trim();
    }

    /// <summary>Places a message that has never been handed out.</summary>
    public void PlaceNew(QueueState queue, ref Entry entry, long sequence, ulong lane, long dueAt)
    {
        if (entry.ByWallClock)
        {
            ChangeState(queue, ref entry, MessageState.Scheduled);
            state.DueByWallClock.Enqueue(new DueMessage(queue, sequence, lane), dueAt);
            return;
        }

        if (dueAt > state.Now)
        {
            ChangeState(queue, ref entry, MessageState.Scheduled);
            state.Due.Enqueue(new DueMessage(queue, sequence, lane), dueAt);
            return;
        }

        if (entry.Laned) Lanes.Add(queue, lane, sequence);
        else if (entry.Priority > 0) queue.Busy.Volatile.Line.Push(sequence, entry.Priority);
        state.Volatile.MarkDirty(queue);
    }

    /// <summary>Places a message that was out, or was to go out: at once, or to wait until a time. Of its lane it stays the head.</summary>
    public void PlaceAgain(QueueState queue, ref Entry entry, long sequence, MessageExtra extra, long dueAt)
    {
        if (entry.Expiry != 0) ExpireBy(queue, entry.Expiry);
        extra.DueAt = dueAt;
        if (dueAt > state.Now)
        {
            ChangeState(queue, ref entry, MessageState.Scheduled);
            state.Due.Enqueue(new DueMessage(queue, sequence, extra.Lane?.Hash ?? 0), dueAt);
            return;
        }

        ChangeState(queue, ref entry, MessageState.Ready);
        MakeAvailable(queue, entry.Priority, sequence, extra.Lane);
    }

    /// <summary>A message became ready again, behind the cursors that passed it: they need a hint.</summary>
    public void MakeAvailable(QueueState queue, int priority, long sequence, Lane? lane)
    {
        if (lane is not null)
        {
            lane.Busy = false;
            Lanes.MarkReady(queue, lane);
        }
        else if (queue.Work is { } work)
        {
            work.Volatile.Line.Push(sequence, priority);
            for (var i = 0; i < work.Volatile.Consumers.Count; i++)
                if (work.Volatile.Consumers[i].HasOwnLine) work.Volatile.Consumers[i].OwnLine.Push(sequence, 0);
        }

        state.Volatile.MarkDirty(queue);
    }

    /// <summary>Sees to it that the queue is looked through in that second at the latest.</summary>
    public void ExpireBy(QueueState queue, uint second)
    {
        if (queue.MinExpiry != 0 && queue.MinExpiry <= second) return;
        queue.MinExpiry = second;
        state.Expiries.Enqueue(queue.Id, second);
    }

    /// <summary>What waited for the wall clock is due: from now on it is the shard's own time after which it expires.</summary>
    public void EndWait(QueueState queue, ref Entry entry, long shift)
    {
        entry.ByWallClock = false;
        if (entry.Expiry == 0) return;

        // As it was where the clocks agree: rounding must not depend on when somebody looked.
        if (Math.Abs(shift) > WallTime.LookInterval) entry.Expiry = Entry.ExpirySeconds(Entry.ExpiryMilliseconds(entry.Expiry) + shift);
        ExpireBy(queue, entry.Expiry);
    }
}
