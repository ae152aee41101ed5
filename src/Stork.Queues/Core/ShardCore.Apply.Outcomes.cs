using System.Runtime.CompilerServices;
using Stork.Queues.Journal;
using Stork.Queues.Records;
using Stork.Shared;

namespace Stork.Queues.Core;

/// <summary>Records that end a message or a hand-out, or bring a message back.</summary>
internal sealed partial class ShardCore
{
    /// <summary>How many are kept for reuse: a message in and out needs one for a moment.</summary>
    private const int MaxSpareExtras = 4096;

    private readonly List<long> _purged = [];
    private readonly Stack<MessageExtra> _spareExtras = new();

    private void ApplySettle(QueueState queue, long sequence, SettleKind how, long retainUntil)
    {
        Count(queue, how);
        ref var entry = ref queue.Find(sequence);
        if (Unsafe.IsNullRef(ref entry)) return;
        var retain = how == SettleKind.Acked && retainUntil > 0;
        queue.Bytes -= entry.Size;
        if (retain)
        {
            ChangeState(queue, ref entry, MessageState.Retained);
            entry.ByWallClock = false;
            entry.Expiry = Entry.ExpirySeconds(retainUntil);
            ExpireBy(queue, entry.Expiry);
        }
        else
        {
            ChangeState(queue, ref entry, MessageState.Ready);
            _live.Add(entry.Segment, -entry.Size);
        }

        if (queue.Work is { } work)
        {
            if (work.Extras.Remove(sequence, out var extra)) Finish(queue, sequence, extra);
            if (work.Devices is { } devices)
                foreach (var device in devices) device.Acked.Remove(sequence);
        }

        if (!retain) RemoveEntry(queue, sequence);
        MarkDirty(queue);
    }

    private static void RemoveEntry(QueueState queue, long sequence)
    {
        if (queue.Work?.Late is not { } late || !late.Remove(sequence))
            queue.Entries.Remove(sequence, more: queue.Work is { Consumers.Count: > 0 });
        queue.Trim();
    }

    private void Finish(QueueState queue, long sequence, MessageExtra extra)
    {
        for (var attempt = extra.Newest; attempt is not null; attempt = attempt.Older)
        {
            attempt.Settled = true;
            attempt.Live = false;
            Unlink(attempt);
            _attempts.Remove(attempt.AckId);
        }

        if (extra.Lane is { } lane && lane.Head == sequence) AdvanceLane(queue, lane);
        if (_spareExtras.Count == MaxSpareExtras) return;
        extra.Clear();
        _spareExtras.Push(extra);
    }

    /// <summary>Takes a hand-out that ended from its consumer and from the leases.</summary>
    private static void Unlink(Attempt attempt)
    {
        LeaseList.Remove(attempt);
        attempt.Consumer?.Remove(attempt);
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

    private void ApplyReturn(in ReturnRecord record)
    {
        var queue = Use(record.Queue);
        var (sequence, outcome) = (record.Sequence, record.How);
        ref var entry = ref queue.Find(sequence);
        if (Unsafe.IsNullRef(ref entry) || queue.Extra(sequence) is not { } extra) return;
        for (var attempt = extra.Newest; attempt is not null; attempt = attempt.Older)
        {
            if (attempt.AckId != record.AckId || !attempt.Live) continue;
            attempt.Live = false;
            Unlink(attempt);
            extra.Remember(new PastAttempt(Now, outcome, attempt.Owner, record.Error));
        }

        if (IsFailure(outcome)) extra.Failures++;
        if (outcome is ReturnKind.Crashed or ReturnKind.BesideCrash or ReturnKind.Suspected) extra.Isolated = true;

        // The consumer has room for another message, whatever becomes of this one.
        MarkDirty(queue);
        if (extra.HasLive || entry.State != MessageState.InFlight) return;
        BackToLine(queue, ref entry, sequence, extra, record.DueAt);
    }

    private void BackToLine(QueueState queue, ref Entry entry, long sequence, MessageExtra extra, long dueAt)
    {
        if (entry.Expiry != 0) ExpireBy(queue, entry.Expiry);
        extra.DueAt = dueAt;
        if (dueAt > Now)
        {
            ChangeState(queue, ref entry, MessageState.Scheduled);
            _due.Enqueue(new DueMessage(queue, sequence, extra.Lane?.Hash ?? 0), dueAt);
            return;
        }

        ChangeState(queue, ref entry, MessageState.Ready);
        MakeAvailable(queue, entry.Priority, sequence, extra.Lane);
    }

    /// <summary>A message became ready again, behind the cursors.</summary>
    private void MakeAvailable(QueueState queue, int priority, long sequence, Lane? lane)
    {
        if (lane is not null)
        {
            lane.Busy = false;
            QueueLane(queue, lane);
        }
        else if (queue.Work is { } work)
        {
            work.Line.Push(sequence, priority);
            for (var i = 0; i < work.Consumers.Count; i++)
                if (work.Consumers[i].HasOwnLine) work.Consumers[i].OwnLine.Push(sequence, 0);
        }

        MarkDirty(queue);
    }

    private void ApplyPurge(in PurgeRecord record)
    {
        var queue = Use(record.Queue);
        var upTo = record.UpTo;
        for (var i = 0; i < queue.Entries.Count; i++)
        {
            var sequence = queue.Entries.SequenceAt(i);
            if (sequence > upTo) break;
            if (queue.Entries.At(i).State is MessageState.Ready or MessageState.Scheduled) _purged.Add(sequence);
        }

        if (queue.Work?.Late is { } late)
            foreach (var (sequence, entry) in late)
                if (sequence <= upTo && entry.State is MessageState.Ready or MessageState.Scheduled) _purged.Add(sequence);

        // Where older records were reclaimed, recovery cannot know how many there were; the record says so.
        var before = (queue.Others ??= new SettledTotals()).Purged;
        foreach (var sequence in _purged) ApplySettle(queue, sequence, SettleKind.Purged, 0);
        queue.Others.Purged = before + record.Count;
        _purged.Clear();
    }

    /// <summary>Retained and still within its time: by the record's own clock, as recovery sweeps at other moments.</summary>
    private bool CanSeek(in Entry entry) =>
        entry is { State: MessageState.Retained, Laned: false } && Entry.ExpiryMilliseconds(entry.Expiry) > Now;

    private void ApplySeek(QueueState queue, long from, long count)
    {
        queue.Acked -= count;
        for (var i = queue.Entries.LowerBound(from); i < queue.Entries.Count; i++)
            if (CanSeek(in queue.Entries.At(i))) Unretain(queue, ref queue.Entries.At(i), queue.Entries.SequenceAt(i));
        if (queue.Work?.Late is not { } late) return;
        foreach (var sequence in late.Keys.ToArray())
        {
            ref var entry = ref queue.Find(sequence);
            if (sequence >= from && CanSeek(in entry)) Unretain(queue, ref entry, sequence);
        }
    }

    private void Unretain(QueueState queue, ref Entry entry, long sequence)
    {
        queue.Bytes += entry.Size;

        // It was to be kept until then, not to expire then. Its own time to live is in its record and looked at when it is handed out.
        entry.Expiry = 0;
        ChangeState(queue, ref entry, MessageState.Ready);
        MakeAvailable(queue, entry.Priority, sequence, null);
    }
}
