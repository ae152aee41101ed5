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
                ApplyQueue(new RecordReader(record[1..]), address);
                return;
            case RecordKind.Remove:
                ApplyRemove(checked((uint)new RecordReader(record[1..]).Varint()));
                return;
            case RecordKind.AckIds:
                _ackIdLimit = checked((int)new RecordReader(record[1..]).Number());
                _ackIdSegment = address.Segment;
                return;
            case RecordKind.Clock:
                ApplyClock(new RecordReader(record[1..]), address.Segment);
                return;
        }

        if (record[0] >= JournalFormat.OptionalKind) return;
        var reader = new RecordReader(record[1..]);
        var queue = GetOrAdd(checked((uint)reader.Varint()));
        if ((RecordKind)record[0] is not (RecordKind.Dedup or RecordKind.Producer or RecordKind.Device)) Touch(queue);
        switch ((RecordKind)record[0])
        {
            case RecordKind.Deliver:
                ApplyDeliver(queue, reader, address);
                break;
            case RecordKind.Settle:
                var settled = reader.Number();
                var how = (SettleKind)reader.Byte();
                ApplySettle(queue, settled, how, reader.Number());
                break;
            case RecordKind.Return:
                ApplyReturn(queue, reader);
                break;
            case RecordKind.Purge:
                ApplyPurge(queue, reader.Number(), reader.Number());
                break;
            case RecordKind.Pause:
                queue.Paused = reader.Byte() != 0;
                MarkDirty(queue);
                break;
            case RecordKind.Dedup:
                var hash = new UInt128(reader.Fixed64(), reader.Fixed64());
                AddDedup(queue, hash, new DedupTable.Seen(reader.Id(), reader.Number(), reader.Number()));
                break;
            case RecordKind.Producer:
                var producer = reader.Text();
                AddProducer(queue, producer, new ProducerMark(reader.Number(), reader.Id(), reader.Number()));
                break;
            case RecordKind.Device:
                ApplyDevice(queue, reader, address);
                break;
            case RecordKind.DeviceAck:
                ApplyDeviceAck(queue, reader.Number(), reader.Count(int.MaxValue));
                break;
            case RecordKind.Seek:
                ApplySeek(queue, reader.Number(), reader.Number());
                break;
            default:
                throw new InvalidDataException($"record kind {record[0]} is not known to this version");
        }
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
    private void ApplyQueue(RecordReader reader, in RecordAddress address)
    {
        var queue = GetOrAdd(checked((uint)reader.Varint()));
        var kind = (QueueKind)reader.Byte();
        var name = reader.Bytes();
        if (!queue.HasName)
        {
            queue.Kind = kind;
            _names.Add(queue, name);
        }

        queue.NextSequence = Math.Max(queue.NextSequence, reader.Number());
        queue.Paused = reader.Byte() != 0;
        queue.Acked = reader.Number();
        queue.Others = ReadTotals(ref reader);
        queue.StateSegment = address.Segment;
        queue.LastActive = reader.AtEnd ? Entry.ExpirySeconds(Now) : checked((uint)reader.Varint());
    }

    private static SettledTotals? ReadTotals(ref RecordReader reader)
    {
        var others = new SettledTotals
        {
            Expired = reader.Number(),
            Dropped = reader.Number(),
            DeadLettered = reader.Number(),
            Purged = reader.Number(),
            Redriven = reader.Number(),
        };
        return others.Expired + others.Dropped + others.DeadLettered + others.Purged + others.Redriven == 0 ? null : others;
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
        _journal.AddLive(entry.Segment, entry.Size);
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
        _journal.AddLive(entry.Segment, -before);
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
            AddDedup(queue, DedupTable.Hash(message.DedupId), new DedupTable.Seen(message.Id, message.Sequence, message.EnqueuedAt + message.DedupWindow));
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
        ref var newest = ref CollectionsMarshal.GetValueRefOrAddDefault(collapse, DedupTable.Hash(message.Collapse), out _);
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

    private void ApplyDeliver(QueueState queue, RecordReader reader, in RecordAddress address)
    {
        var sequence = reader.Number();
        var ackId = reader.Count(int.MaxValue);
        var flags = (DeliverFlags)reader.Byte();
        var owner = (flags & DeliverFlags.Owner) == 0 ? "" : reader.Text();
        var device = (flags & DeliverFlags.Device) == 0 ? 0 : reader.Count(int.MaxValue);
        var lane = (flags & DeliverFlags.Lane) == 0 ? 0 : reader.Fixed64();
        ref var entry = ref queue.Find(sequence);
        if (Unsafe.IsNullRef(ref entry)) return;
        // That it became due is in no record.
        if (entry.ByWallClock) EndWait(queue, ref entry, -Wall.Shift);
        ChangeState(queue, ref entry, MessageState.InFlight);
        var extra = queue.Busy.Extras.GetOrAdd(sequence, _spareExtras);
        extra.Deliveries++;
        extra.DueAt = 0;
        if (entry.Laned) BindLane(queue, extra, lane, sequence);
        AddAttempt(extra, new Attempt(queue, sequence, ackId, address.Lsn, owner, (flags & DeliverFlags.InProcess) != 0, device));
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
