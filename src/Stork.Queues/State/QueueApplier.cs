using Stork.Queues.Records;

namespace Stork.Queues.State;

/// <summary>Applies what records say about queues as such, and about who sends to them.</summary>
internal sealed class QueueApplier(ShardState state, Placement placement)
{
    /// <summary>The queue that a record is about. Whoever writes a snapshot sees it before it changes.</summary>
    public QueueState GetOrAdd(uint id)
    {
        var queue = state.GetOrAdd(id);
        state.Observer?.BeforeChange(queue);
        return queue;
    }

    /// <summary>As <see cref="GetOrAdd"/>, for records that show that somebody uses the queue.</summary>
    public QueueState Use(uint id)
    {
        var queue = GetOrAdd(id);
        Touch(queue);
        return queue;
    }

    public void Touch(QueueState queue) => queue.LastActive = Math.Max(queue.LastActive, Entry.ExpirySeconds(state.Now));

    /// <summary>The totals are absolute: what was counted from records before this one is in them.</summary>
    public void Define(scoped in QueueRecord record, uint segment)
    {
        var queue = GetOrAdd(record.Queue);
        if (!queue.HasName)
        {
            queue.Kind = record.Kind;
            state.Names.Add(queue, record.Name);
        }

        queue.NextSequence = Math.Max(queue.NextSequence, record.NextSequence);
        queue.Paused = record.Paused;
        queue.Totals = record.Totals;
        queue.StateSegment = segment;
        queue.LastActive = record.LastActive ?? Entry.ExpirySeconds(state.Now);
    }

    public void Pause(PauseRecord record)
    {
        var queue = Use(record.Queue);
        queue.Paused = record.Paused;
        state.Volatile.MarkDirty(queue);
    }

    public void Remove(RemoveRecord record)
    {
        if (state.Peek(record.Queue) is not { } queue) return;
        state.Observer?.BeforeChange(queue);
        state.Remembered -= (queue.Work?.Producers?.Count ?? 0) + (queue.Work?.Dedup?.Count ?? 0);
        state.Remove(queue);

        // While records are read back some of the id's next queue may follow; then EndReplay finds out which ids are free.
        if (!state.IsReplaying) state.FreeIds.Push(record.Queue);
    }

    public void AddDedup(QueueState queue, UInt128 hash, DedupTable.Seen seen)
    {
        if (seen.Until <= state.Now) return;
        var dedup = queue.Busy.Dedup ??= new DedupTable();
        if (dedup.TryGet(hash, out var known) && known.Until >= seen.Until) return;
        state.Remembered -= dedup.Count;
        dedup.Add(hash, seen, state.Now);
        state.Remembered += dedup.Count;
        placement.ExpireBy(queue, Entry.ExpirySeconds(seen.Until));
    }

    public void AddProducer(QueueState queue, string producer, ProducerMark mark)
    {
        var producers = queue.Busy.Producers ??= new ProducerTable();
        state.Remembered -= producers.Count;
        producers.Advance(producer, mark);
        state.Remembered += producers.Count;
    }
}
