using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Stork.Queues.Journal;
using Stork.Queues.Records;
using Stork.Shared;

namespace Stork.Queues.Core;

/// <summary>From records to state. No option, clock or random number enters here: the same records give the same state.</summary>
internal sealed partial class ShardCore
{
    /// <summary>How far ack ids are reserved; the next one to give out is below.</summary>
    private int _ackIdLimit;
    private int _nextAckId;
    private uint _ackIdSegment;

    /// <summary>Deduplication entries and producers: what takes space in the journal besides messages and queues.</summary>
    private long _remembered;

    public void BeginFrame(long wallClock) => Now = Math.Max(Now, wallClock);

    public void Apply(ReadOnlySpan<byte> record, in RecordAddress address)
    {
        switch ((RecordKind)record[0])
        {
            case RecordKind.Message:
                ApplyMessage(record, address);
                return;
            case RecordKind.Mark or RecordKind.Footer:
                return;
            case RecordKind.Queue:
                ApplyQueue(QueueRecord.Read(record), address);
                return;
            case RecordKind.Remove:
                ApplyRemove(RemoveRecord.Read(record).Queue);
                return;
            case RecordKind.AckIds:
                _ackIdLimit = AckIdsRecord.Read(record).Limit;
                _ackIdSegment = address.Segment;
                return;
            case RecordKind.Clock:
                var clock = ClockRecord.Read(record);
                Wall.Set(clock.Shift, clock.JumpedAt, address.Segment);
                return;
            case RecordKind.Deliver:
                ApplyDeliver(DeliverRecord.Read(record), address);
                return;
            case RecordKind.Settle:
                var settled = SettleRecord.Read(record);
                ApplySettle(Use(settled.Queue), settled.Sequence, settled.How, settled.RetainUntil);
                return;
            case RecordKind.Return:
                ApplyReturn(ReturnRecord.Read(record));
                return;
            case RecordKind.Purge:
                ApplyPurge(PurgeRecord.Read(record));
                return;
            case RecordKind.Pause:
                var pause = PauseRecord.Read(record);
                var held = Use(pause.Queue);
                held.Paused = pause.Paused;
                MarkDirty(held);
                return;
            case RecordKind.Dedup:
                var dedup = DedupRecord.Read(record);
                AddDedup(GetOrAdd(dedup.Queue), dedup.Hash, new DedupTable.Seen(dedup.Id, dedup.Sequence, dedup.Until));
                return;
            case RecordKind.Producer:
                var producer = ProducerRecord.Read(record);
                AddProducer(GetOrAdd(producer.Queue), producer.Producer, new ProducerMark(producer.Number, producer.Id, producer.Sequence));
                return;
            case RecordKind.Device:
                ApplyDevice(DeviceRecord.Read(record), address);
                return;
            case RecordKind.DeviceAck:
                var acked = DeviceAckRecord.Read(record);
                ApplyDeviceAck(Use(acked.Queue), acked.Sequence, acked.Device);
                return;
            case RecordKind.Seek:
                var seek = SeekRecord.Read(record);
                ApplySeek(Use(seek.Queue), seek.From, seek.Count);
                return;
        }

        if (record[0] < JournalFormat.OptionalKind) throw new InvalidDataException($"record kind {record[0]} is not known to this version");
    }

    /// <summary>The queue that a record is about, which is used with it.</summary>
    private QueueState Use(uint id)
    {
        var queue = GetOrAdd(id);
        Touch(queue);
        return queue;
    }

    private QueueState GetOrAdd(uint id)
    {
        if (id is 0 or > MaxQueues) throw new InvalidDataException($"queue id {id} is out of range");
        while (_queues.Count <= id) _queues.Add(null);
        var queue = _queues[(int)id] ??= new QueueState(id);
        WriteOnce(queue);
        return queue;
    }

    /// <summary>The totals are absolute: what was counted from records before this one is in them.</summary>
    private void ApplyQueue(scoped in QueueRecord record, in RecordAddress address)
    {
        var queue = GetOrAdd(record.Queue);
        if (!queue.HasName)
        {
            queue.Kind = record.Kind;
            _names.Add(queue, record.Name);
        }

        queue.NextSequence = Math.Max(queue.NextSequence, record.NextSequence);
        queue.Paused = record.Paused;
        queue.Totals = record.Totals;
        queue.StateSegment = address.Segment;
        queue.LastActive = record.LastActive ?? Entry.ExpirySeconds(Now);
    }

    private void ApplyMessage(ReadOnlySpan<byte> record, in RecordAddress address)
    {
        var message = MessageRecord.Read(record);
        var queue = GetOrAdd(message.Queue);
        var size = record.Length + JournalFormat.RecordPrefixBytes;
        ref var entry = ref queue.Find(message.Sequence);
        var known = !Unsafe.IsNullRef(ref entry);
        if (known) Resize(queue, ref entry, message, size);
        else entry = ref AddEntry(queue, message, size);
        entry.Segment = address.Segment;
        entry.Offset = address.Offset;
        _live.Add(entry.Segment, entry.Size);
        if (!known) Admit(queue, ref entry, message);
        if (!message.Has(MessageFlags.Copy)) Touch(queue);
        if (message.Has(MessageFlags.Copy))
        {
            if (_replaying) RestoreState(queue, message);
        }
        else if (message.Has(MessageFlags.Moved))
        {
            var from = GetOrAdd(message.FromQueue);
            Touch(from);
            ApplySettle(from, message.FromSequence, (SettleKind)message.FromHow, 0);
        }
    }

    /// <summary>A copy carries delivery state, so it has another size than the record it replaces.</summary>
    private void Resize(QueueState queue, ref Entry entry, scoped in MessageRecord message, int size)
    {
        var before = entry.Size;
        _live.Add(entry.Segment, -before);
        if (entry.ByWallClock && !message.Has(MessageFlags.ByWallClock))
        {
            entry.Expiry = Entry.ExpirySeconds(message.ExpiresAt);
            if (entry.Expiry != 0) ExpireBy(queue, entry.Expiry);
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
        else if (_replaying) entry = ref CollectionsMarshal.GetValueRefOrAddDefault(queue.Busy.Late ??= [], message.Sequence, out _);
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
            AddDedup(queue, IdHash.Of(message.DedupId), new DedupTable.Seen(message.Id, message.Sequence, message.EnqueuedAt + message.DedupWindow));
        if (message.Has(MessageFlags.Producer))
            AddProducer(queue, Encoding.UTF8.GetString(message.Producer), new ProducerMark(message.ProducerNumber, message.Id, message.Sequence));
        if (message.Has(MessageFlags.Collapse))
            AddCollapse(queue, message);
        if (entry is { Expiry: not 0, ByWallClock: false }) ExpireBy(queue, entry.Expiry);
        entry.State = MessageState.Ready;
        if (!message.Has(MessageFlags.Copy)) Place(queue, ref entry, message.Sequence, message.Lane, message.DueAt);
    }

    private void Place(QueueState queue, ref Entry entry, long sequence, ulong lane, long dueAt)
    {
        if (entry.ByWallClock)
        {
            ChangeState(queue, ref entry, MessageState.Scheduled);
            _dueByWallClock.Enqueue(new DueMessage(queue, sequence, lane), dueAt);
            return;
        }

        if (dueAt > Now)
        {
            ChangeState(queue, ref entry, MessageState.Scheduled);
            _due.Enqueue(new DueMessage(queue, sequence, lane), dueAt);
            return;
        }

        if (entry.Laned) AddToLane(queue, lane, sequence);
        else if (entry.Priority > 0) queue.Busy.Line.Push(sequence, entry.Priority);
        MarkDirty(queue);
    }

    /// <summary>Replaced keys stay until there are twice as many as messages.</summary>
    private static void AddCollapse(QueueState queue, in MessageRecord message)
    {
        var collapse = queue.Busy.Collapse ??= [];
        ref var newest = ref CollectionsMarshal.GetValueRefOrAddDefault(collapse, IdHash.Of(message.Collapse), out _);
        newest = Math.Max(newest, message.Sequence);
        if (collapse.Count <= (2 * queue.Entries.Live) + 64) return;
        foreach (var (key, sequence) in collapse)
            if (Unsafe.IsNullRef(ref queue.Find(sequence))) collapse.Remove(key);
    }

    private void AddDedup(QueueState queue, UInt128 hash, DedupTable.Seen seen)
    {
        if (seen.Until <= Now) return;
        var dedup = queue.Busy.Dedup ??= new DedupTable();
        if (dedup.TryGet(hash, out var known) && known.Until >= seen.Until) return;
        _remembered -= dedup.Count;
        dedup.Add(hash, seen, Now);
        _remembered += dedup.Count;
        ExpireBy(queue, Entry.ExpirySeconds(seen.Until));
    }

    private void AddProducer(QueueState queue, string producer, ProducerMark mark)
    {
        var producers = queue.Busy.Producers ??= new Dictionary<string, ProducerMark>(StringComparer.Ordinal);
        if (!producers.TryGetValue(producer, out var last)) _remembered++;
        else if (last.Number >= mark.Number) return;
        producers[producer] = mark;
    }

    private void ApplyDeliver(scoped in DeliverRecord record, in RecordAddress address)
    {
        var queue = Use(record.Queue);
        var sequence = record.Sequence;
        ref var entry = ref queue.Find(sequence);
        if (Unsafe.IsNullRef(ref entry)) return;
        // That it became due is in no record.
        if (entry.ByWallClock) EndWait(queue, ref entry, -Wall.Shift);
        ChangeState(queue, ref entry, MessageState.InFlight);
        var extra = queue.Busy.Extras.GetOrAdd(sequence, _spareExtras);
        extra.Deliveries++;
        extra.DueAt = 0;
        if (entry.Laned) BindLane(queue, extra, record.Lane ?? 0, sequence);
        AddAttempt(extra, new Attempt(queue, sequence, record.AckId, address.Lsn, record.Owner, record.InProcess, record.Device));
    }

    private void AddAttempt(MessageExtra extra, Attempt attempt)
    {
        attempt.Older = extra.Newest;
        extra.Newest = attempt;
        _attempts[attempt.AckId] = attempt;
        var count = 1;
        for (var older = attempt; older is not null; older = older.Older, count++)
        {
            if (count < MessageExtra.MaxAttempts || older.Older is not { Live: false } forgotten) continue;
            _attempts.Remove(forgotten.AckId);
            forgotten.Forgotten = true;
            older.Older = forgotten.Older;
        }
    }

    private static void ChangeState(QueueState queue, ref Entry entry, MessageState state)
    {
        if (entry.State == state) return;
        switch (entry.State)
        {
            case MessageState.Scheduled: queue.Busy.Scheduled--; break;
            case MessageState.InFlight: queue.Busy.InFlight--; break;
            case MessageState.Retained: queue.Busy.Retained--; break;
        }

        switch (state)
        {
            case MessageState.Scheduled: queue.Busy.Scheduled++; break;
            case MessageState.InFlight: queue.Busy.InFlight++; break;
            case MessageState.Retained: queue.Busy.Retained++; break;
        }

        entry.State = state;
    }

    private static bool IsFailure(ReturnKind outcome) =>
        outcome is ReturnKind.Nacked or ReturnKind.TimedOut or ReturnKind.LostOldest or ReturnKind.Crashed or ReturnKind.Refused;
}
