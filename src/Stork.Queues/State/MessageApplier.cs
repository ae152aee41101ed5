using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Stork.Queues.Journal;
using Stork.Queues.Records;

namespace Stork.Queues.State;

/// <summary>
/// Applies Message records: a message enters a queue, and may leave another one with it, or reclaim wrote one anew that was there before.
/// </summary>
internal sealed class MessageApplier(ShardState state, QueueApplier queues, Placement placement, OutcomeApplier outcomes)
{
    public void Apply(ReadOnlySpan<byte> record, in RecordAddress address)
    {
        var message = MessageRecord.Read(record);
        var queue = queues.GetOrAdd(message.Queue);
        var size = record.Length + JournalFormat.RecordPrefixBytes;
        ref var entry = ref queue.Find(message.Sequence);
        var known = !Unsafe.IsNullRef(ref entry);
        if (known) Resize(queue, ref entry, message, size);
        else entry = ref AddEntry(queue, message, size);
        entry.Segment = address.Segment;
        entry.Offset = address.Offset;
        state.Live.Add(entry.Segment, entry.Size);
        if (!known) Admit(queue, ref entry, message);
        if (message.Has(MessageFlags.Copy))
        {
            // At run time the state that the copy carries is the one that is there.
            if (state.IsReplaying) RestoreState(queue, message);
            return;
        }

        queues.Touch(queue);
        if (message.Has(MessageFlags.Moved))
            outcomes.Settle(queues.Use(message.FromQueue), message.FromSequence, (SettleKind)message.FromHow, 0);
    }

    public void RestoreAttempts(QueueState queue, long sequence, MessageExtra extra, KnownAttempt[] attempts)
    {
        foreach (var known in attempts)
        {
            var attempt = new Attempt(queue, sequence, known.AckId, known.Token, known.Owner, known.InProcess, known.Device)
            {
                Live = known.Live,
                Settled = known.Settled,
                Older = extra.Newest,
            };
            extra.Newest = attempt;
            state.Attempts[known.AckId] = attempt;
        }
    }

    /// <summary>A copy carries delivery state, so it has another size than the record it replaces.</summary>
    private void Resize(QueueState queue, ref Entry entry, scoped in MessageRecord message, int size)
    {
        var before = entry.Size;
        state.Live.Add(entry.Segment, -before);
        if (entry.ByWallClock && !message.Has(MessageFlags.ByWallClock))
        {
            entry.Expiry = Entry.ExpirySeconds(message.ExpiresAt);
            if (entry.Expiry != 0) placement.ExpireBy(queue, entry.Expiry);
        }

        entry.Describe(message.Priority, message.Has(MessageFlags.Lane), size);
        entry.ByWallClock = message.Has(MessageFlags.ByWallClock);
        if (entry.State != MessageState.Retained) queue.Bytes += entry.Size - before;
    }

    private ref Entry AddEntry(QueueState queue, scoped in MessageRecord message, int size)
    {
        queue.NextSequence = Math.Max(queue.NextSequence, message.Sequence + 1);
        ref var entry = ref Unsafe.NullRef<Entry>();
        if (message.Sequence > queue.Entries.LastSequence) entry = ref queue.Entries.Append(message.Sequence);
        else if (state.IsReplaying) entry = ref CollectionsMarshal.GetValueRefOrAddDefault(queue.Busy.Late ??= [], message.Sequence, out _);
        else throw new InvalidOperationException($"Sequence {message.Sequence} of queue {queue.Id} was given out before.");
        entry.Describe(message.Priority, message.Has(MessageFlags.Lane), size);
        entry.ByWallClock = message.Has(MessageFlags.ByWallClock);
        entry.Expiry = Entry.ExpirySeconds(message.ExpiresAt);
        return ref entry;
    }

    /// <summary>Puts a new message where its queue will find it.</summary>
    private void Admit(QueueState queue, ref Entry entry, in MessageRecord message)
    {
        queue.Bytes += entry.Size;
        if (message.Has(MessageFlags.Dedup))
        {
            var seen = new DedupTable.Seen(message.Id, message.Sequence, message.EnqueuedAt + message.DedupWindow);
            queues.AddDedup(queue, IdHash.Of(message.DedupId), seen);
        }

        if (message.Has(MessageFlags.Producer))
        {
            var mark = new ProducerMark(message.ProducerNumber, message.Id, message.Sequence);
            queues.AddProducer(queue, Encoding.UTF8.GetString(message.Producer), mark);
        }

        if (message.Has(MessageFlags.Collapse))
            (queue.Busy.Collapse ??= new CollapseTable()).Add(queue, IdHash.Of(message.Collapse), message.Sequence);
        if (entry is { Expiry: not 0, ByWallClock: false }) placement.ExpireBy(queue, entry.Expiry);
        entry.State = MessageState.Ready;
        if (!message.Has(MessageFlags.Copy)) placement.PlaceNew(queue, ref entry, message.Sequence, message.Lane, message.DueAt);
    }

    /// <summary>
    /// The delivery state of a copy replaces whatever the records before it had made of the message: those that the copy stands for may be
    /// gone, and then the rest of them would not add up.
    /// </summary>
    private void RestoreState(QueueState queue, scoped in MessageRecord message)
    {
        ref var entry = ref queue.Find(message.Sequence);
        var copied = DeliveryState.Read(message.State);
        ForgetAttempts(queue, message.Sequence);
        if (entry.State == MessageState.Retained) queue.Bytes += entry.Size;
        var extra = new MessageExtra
        {
            Failures = copied.Failures,
            Deliveries = copied.Deliveries,
            Isolated = copied.Isolated,
            DueAt = copied.DueAt,
            History = copied.History,
        };
        RestoreAttempts(queue, message.Sequence, extra, copied.Attempts);
        foreach (var index in copied.AckedBy)
        {
            var devices = queue.Busy.Devices ??= new DeviceTable();
            devices.GetOrAdd(index, start: 0).Acknowledge(message.Sequence);
        }

        Placement.ChangeState(queue, ref entry, MessageState.Ready);
        if (copied.State == MessageState.Retained)
        {
            queue.Bytes -= entry.Size;
            Placement.ChangeState(queue, ref entry, MessageState.Retained);
            entry.Expiry = Entry.ExpirySeconds(copied.RetainUntil);
            placement.ExpireBy(queue, entry.Expiry);
            return;
        }

        if (extra.Deliveries == 0 && copied.State != MessageState.InFlight)
        {
            // Never handed out.
            var dueAt = copied.State == MessageState.Scheduled ? copied.DueAt : 0;
            placement.PlaceNew(queue, ref entry, message.Sequence, message.Lane, dueAt);
            return;
        }

        queue.Busy.Extras.Set(message.Sequence, extra);
        placement.PlaceNew(queue, ref entry, message.Sequence, message.Lane, dueAt: 0);
        if (entry.Laned) extra.Lane = Lanes.Bind(queue, extra.Lane, message.Lane, message.Sequence);
        if (copied.State == MessageState.InFlight) Placement.ChangeState(queue, ref entry, MessageState.InFlight);
        else placement.PlaceAgain(queue, ref entry, message.Sequence, extra, copied.DueAt);
    }

    private void ForgetAttempts(QueueState queue, long sequence)
    {
        if (queue.Work is null || !queue.Work.Extras.Remove(sequence, out var old)) return;
        for (var attempt = old.Newest; attempt is not null; attempt = attempt.Older) state.Attempts.Remove(attempt.AckId);
    }
}
