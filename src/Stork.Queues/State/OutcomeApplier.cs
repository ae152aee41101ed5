using System.Runtime.CompilerServices;
using System.Text;
using Stork.Queues.Records;

namespace Stork.Queues.State;

/// <summary>Applies what becomes of messages: they are handed out, come back, end, or are made ready once more.</summary>
internal sealed class OutcomeApplier(ShardState state, QueueApplier queues, Placement placement)
{
    /// <summary>How many are kept for reuse: a message in and out needs one for a moment.</summary>
    private const int MaxSpareExtras = 4096;

    private readonly List<long> _purged = [];
    private readonly Stack<MessageExtra> _spareExtras = new();

    public void Deliver(scoped in DeliverRecord record, ulong lsn)
    {
        var queue = queues.Use(record.Queue);
        ref var entry = ref queue.Find(record.Sequence);
        if (Unsafe.IsNullRef(ref entry)) return;

        // That it became due is in no record.
        if (entry.ByWallClock) placement.EndWait(queue, ref entry, -state.Wall.Shift);
        Placement.ChangeState(queue, ref entry, MessageState.InFlight);
        var extra = queue.Busy.Extras.GetOrAdd(record.Sequence, _spareExtras);
        extra.Deliveries++;
        extra.DueAt = 0;
        if (entry.Laned) extra.Lane = Lanes.Bind(queue, extra.Lane, record.Lane ?? 0, record.Sequence);
        AddAttempt(extra, new Attempt(queue, record.Sequence, record.AckId, lsn, TextOf(record.Owner), record.InProcess, record.Device));
    }

    public void Settle(QueueState queue, long sequence, SettleKind how, long retainUntil)
    {
        Count(queue, how);
        ref var entry = ref queue.Find(sequence);
        if (Unsafe.IsNullRef(ref entry)) return;
        var retain = how == SettleKind.Acked && retainUntil > 0;
        queue.Bytes -= entry.Size;
        if (retain)
        {
            Placement.ChangeState(queue, ref entry, MessageState.Retained);
            entry.ByWallClock = false;
            entry.Expiry = Entry.ExpirySeconds(retainUntil);
            placement.ExpireBy(queue, entry.Expiry);
        }
        else
        {
            Placement.ChangeState(queue, ref entry, MessageState.Ready);
            state.Live.Add(entry.Segment, -entry.Size);
        }

        if (queue.Work is { } work)
        {
            if (work.Extras.Remove(sequence, out var extra)) EndAttempts(queue, sequence, extra);
            work.Devices?.ForgetMessage(sequence);
        }

        if (!retain) Placement.RemoveEntry(queue, sequence);
        state.Volatile.MarkDirty(queue);
    }

    public void Return(ReturnRecord record)
    {
        var queue = queues.Use(record.Queue);
        ref var entry = ref queue.Find(record.Sequence);
        if (Unsafe.IsNullRef(ref entry) || queue.Extra(record.Sequence) is not { } extra) return;
        for (var attempt = extra.Newest; attempt is not null; attempt = attempt.Older)
        {
            if (attempt.AckId != record.AckId || !attempt.Live) continue;
            attempt.Live = false;
            attempt.Unlink();
            extra.Remember(new PastAttempt(state.Now, record.How, attempt.Owner, record.Error));
        }

        if (IsFailure(record.How)) extra.Failures++;
        if (record.How is ReturnKind.Crashed or ReturnKind.BesideCrash or ReturnKind.Suspected) extra.Isolated = true;

        // The consumer has room for another message, whatever becomes of this one.
        state.Volatile.MarkDirty(queue);
        if (extra.HasLive || entry.State != MessageState.InFlight) return;
        placement.PlaceAgain(queue, ref entry, record.Sequence, extra, record.DueAt);
    }

    public void Purge(PurgeRecord record)
    {
        var queue = queues.Use(record.Queue);
        for (var i = 0; i < queue.Entries.Count; i++)
        {
            var sequence = queue.Entries.SequenceAt(i);
            if (sequence > record.UpTo) break;
            if (queue.Entries.At(i).State is MessageState.Ready or MessageState.Scheduled) _purged.Add(sequence);
        }

        if (queue.Work?.Late is { } late)
            foreach (var (sequence, entry) in late)
                if (sequence <= record.UpTo && entry.State is MessageState.Ready or MessageState.Scheduled) _purged.Add(sequence);

        // Where older records were reclaimed, recovery cannot know how many there were; the record says so.
        var before = (queue.Others ??= new SettledTotals()).Purged;
        foreach (var sequence in _purged) Settle(queue, sequence, SettleKind.Purged, 0);
        queue.Others.Purged = before + record.Count;
        _purged.Clear();
    }

    /// <summary>
    /// Makes retained messages from a sequence on ready again. They count as acknowledged no longer: so many, by what the record says.
    /// </summary>
    public void Seek(QueueState queue, long from, long count)
    {
        queue.Acked -= count;
        for (var i = queue.Entries.LowerBound(from); i < queue.Entries.Count; i++)
            if (queue.Entries.At(i).CanBeSought(state.Now)) Unretain(queue, ref queue.Entries.At(i), queue.Entries.SequenceAt(i));
        if (queue.Work?.Late is not { } late) return;
        foreach (var sequence in late.Keys.ToArray())
        {
            ref var entry = ref queue.Find(sequence);
            if (sequence >= from && entry.CanBeSought(state.Now)) Unretain(queue, ref entry, sequence);
        }
    }

    private string TextOf(ReadOnlySpan<byte> owner)
    {
        var recipient = state.Volatile.Recipient;
        return Ascii.Equals(owner, recipient) ? recipient : Encoding.UTF8.GetString(owner);
    }

    private void AddAttempt(MessageExtra extra, Attempt attempt)
    {
        attempt.Older = extra.Newest;
        extra.Newest = attempt;
        state.Attempts[attempt.AckId] = attempt;
        var count = 1;
        for (var older = attempt; older is not null; older = older.Older, count++)
        {
            if (count < MessageExtra.MaxAttempts || older.Older is not { Live: false } forgotten) continue;
            state.Attempts.Remove(forgotten.AckId);
            forgotten.Forgotten = true;
            older.Older = forgotten.Older;
        }
    }

    private void EndAttempts(QueueState queue, long sequence, MessageExtra extra)
    {
        for (var attempt = extra.Newest; attempt is not null; attempt = attempt.Older)
        {
            attempt.Settled = true;
            attempt.Live = false;
            attempt.Unlink();
            state.Attempts.Remove(attempt.AckId);
        }

        if (extra.Lane is { } lane && lane.Head == sequence) Lanes.Advance(queue, lane);
        if (_spareExtras.Count == MaxSpareExtras) return;
        extra.Clear();
        _spareExtras.Push(extra);
    }

    private void Unretain(QueueState queue, ref Entry entry, long sequence)
    {
        queue.Bytes += entry.Size;

        // It was to be kept until then, not to expire then. Its own time to live is in its record and looked at when it is handed out.
        entry.Expiry = 0;
        Placement.ChangeState(queue, ref entry, MessageState.Ready);
        placement.MakeAvailable(queue, entry.Priority, sequence, null);
    }

    private static void Count(QueueState queue, SettleKind how)
    {
        if (how == SettleKind.Acked)
        {
            queue.Acked++;
            return;
        }

        var others = queue.Others ??= new SettledTotals();
        switch (how)
        {
            case SettleKind.Expired: others.Expired++; break;
            case SettleKind.Dropped: others.Dropped++; break;
            case SettleKind.DeadLettered: others.DeadLettered++; break;
            case SettleKind.Purged: others.Purged++; break;
            case SettleKind.Redriven: others.Redriven++; break;
            default: throw new InvalidDataException($"settle kind {how} is not known to this version");
        }
    }

    private static bool IsFailure(ReturnKind outcome) =>
        outcome is ReturnKind.Nacked or ReturnKind.TimedOut or ReturnKind.LostOldest or ReturnKind.Crashed or ReturnKind.Refused;
}
