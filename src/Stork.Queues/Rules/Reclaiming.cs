using System.Runtime.CompilerServices;
using System.Text;
using Stork.Queues.Journal;
using Stork.Queues.Records;
using Stork.Queues.State;

namespace Stork.Queues.Rules;

/// <summary>
/// Frees the oldest segment: what is still wanted of it is written anew at the end, then the file goes.
/// </summary>
/// <remarks>
/// Only ever the oldest, so that the record that settles a message never goes before the message itself. Its frames are read from the disk,
/// a few in each turn, and of each record it is asked whether the state still points to it: a message by its address, everything else by
/// the segment with its newest record. A copy carries the state that later records have led to, because those may go before it does. The
/// file goes when the copies are durable, and not before.
/// </remarks>
internal sealed class Reclaiming(
    RuleContext context, IJournal journal, AckIdSupply ackIds, ClockKeeping clock, Registering registering)
{
    /// <summary>
    /// Dead bytes that are tolerated, as a part of the live ones. At worst all that is live lies before all that is dead and is copied to
    /// get there, while a sixth of it comes in anew: with that and the frames' own bytes the space stays below 1.5 times. It is also the
    /// bound on copying: less than 1 / 0.28, or 3.6 bytes for each byte that comes in.
    /// </summary>
    private const double DeadShare = 0.28;

    /// <summary>A small store is left alone until it has this many segments of dead bytes.</summary>
    private const int DeadSegments = 1;

    private const int QueueRecordBytes = 48;
    private const int RememberedBytes = 96;

    private readonly ShardState _state = context.State;
    private Segment? _segment;
    private byte[] _frame = [];
    private long _offset;
    private FrameHeader _header;

    /// <summary>
    /// The record of the frame that comes next, by its offset and its number; a negative number: the frame is yet to be read.
    /// </summary>
    private (int Offset, int Index) _record;

    /// <summary>Why nothing can be reclaimed any more: the oldest segment cannot be read.</summary>
    public string? Blocked { get; private set; }

    /// <summary>Whether a segment is being, or should be, freed.</summary>
    public bool IsWanted
    {
        get
        {
            if (Blocked is not null || journal.Segments.Count < 2) return false;
            if (_segment is not null) return true;
            var live = _state.Live.Total + ((long)_state.Names.Count * QueueRecordBytes) + (_state.Remembered * RememberedBytes);
            var slack = (long)DeadSegments * journal.Segments[0].Capacity;
            return journal.TotalBytes - live > (live * DeadShare) + slack;
        }
    }

    /// <summary>Whether everything wanted of the oldest segment is written anew, so that it can go once that is synced.</summary>
    public bool IsDone { get; private set; }

    /// <summary>Goes through about this many bytes of the oldest segment.</summary>
    public void Reclaim(int budget)
    {
        if (_segment is null)
        {
            _segment = journal.Segments[0];
            _offset = JournalFormat.SegmentHeaderBytes;
            _record = (0, -1);
            context.Volatile.Steps++;
        }

        var started = _offset;
        while (_offset < _segment.Used && _offset - started < budget)
            if (!GoThroughFrame()) return;
        IsDone = _offset >= _segment.Used;
    }

    /// <summary>The copies are durable: the segment goes.</summary>
    public void Finish()
    {
        // The disk may refuse that; then it is tried again.
        journal.DropOldest();
        IsDone = false;
        _segment = null;
        context.Volatile.Steps++;
    }

    /// <summary>False if the frame under construction has no more room, or the segment cannot be read.</summary>
    private bool GoThroughFrame()
    {
        if (_record.Index < 0 && !TryReadFrame()) return false;
        var records = new FrameRecords(_frame.AsSpan(0, _header.BodyLength), _header.Records, _record.Offset, _record.Index);
        while (records.MoveNext())
        {
            if (!context.Emitter.Fits(records.Record.Length + RoomNeeds.MessageOverhead))
            {
                _record = (records.Offset, records.Index);
                return false;
            }

            Restate(records.Record, (uint)(_offset + JournalFormat.FrameHeaderBytes + records.Offset));
        }

        if (records.Fault is { } fault)
        {
            Block(fault);
            return false;
        }

        _offset += JournalFormat.FrameHeaderBytes + _header.BodyLength;
        _record = (0, -1);
        context.Volatile.Steps++;
        return true;
    }

    private bool TryReadFrame()
    {
        try
        {
            _header = journal.ReadFrame(_segment!, _offset, ref _frame);
            _record = (0, 0);
            return true;
        }
        catch (InvalidDataException failure)
        {
            Block(failure.Message);
            return false;
        }
    }

    private void Block(string why)
    {
        Blocked = $"Segment {_segment!.Id} cannot be read at offset {_offset}: {why}";
        _segment = null;
    }

    /// <summary>Writes a record's meaning anew if it is still wanted and nothing later carries it.</summary>
    private void Restate(ReadOnlySpan<byte> record, uint offset)
    {
        var segment = _segment!.Id;
        switch ((RecordKind)record[0])
        {
            case RecordKind.Message:
                RestateMessage(MessageRecord.Read(record), offset);
                break;
            case RecordKind.Queue:
                var queue = _state.Peek(QueueRecord.Read(record).Queue);
                if (queue is not null && queue.StateSegment == segment) context.Queues.Restate(queue);
                break;
            case RecordKind.AckIds:
                if (_state.AckIdSegment == segment) ackIds.Restate();
                break;
            case RecordKind.Clock:
                if (_state.Wall.Segment == segment) clock.Restate();
                break;
            case RecordKind.Dedup:
                var dedup = DedupRecord.Read(record);
                if (_state.Peek(dedup.Queue) is { } owner) RestateDedup(owner, dedup.Hash);
                break;
            case RecordKind.Producer:
                var producer = ProducerRecord.Read(record);
                if (_state.Peek(producer.Queue) is { } counted) RestateProducer(counted, producer.Producer);
                break;
            case RecordKind.Device:
                var its = DeviceRecord.Read(record);
                var inbox = _state.Peek(its.Queue);
                if (inbox?.Work?.Devices?.Find(its.Index) is { } device && device.StateSegment == segment)
                    registering.Restate(inbox, device, device.LastActive);
                break;
        }
    }

    private void RestateMessage(in MessageRecord message, uint offset)
    {
        if (_state.Peek(message.Queue) is not { } queue) return;
        ref var entry = ref queue.Find(message.Sequence);
        if (!Unsafe.IsNullRef(ref entry))
        {
            if (entry.Segment == _segment!.Id && entry.Offset == offset) CopyMessage(queue, in entry, message);
            return;
        }

        if (message.Has(MessageFlags.Dedup)) RestateDedup(queue, IdHash.Of(message.DedupId));
        if (message.Has(MessageFlags.Producer)) RestateProducer(queue, Encoding.UTF8.GetString(message.Producer));
    }

    private void CopyMessage(QueueState queue, in Entry entry, MessageRecord copy)
    {
        copy.State = DescribeState(queue, copy.Sequence, copy.DueAt, in entry);
        copy.Flags = (copy.Flags & ~MessageFlags.Moved) | MessageFlags.Copy;
        if (copy.Has(MessageFlags.ByWallClock) && !entry.ByWallClock)
        {
            // It was due since: from then on its times are the shard's.
            copy.Flags &= ~(MessageFlags.ByWallClock | MessageFlags.Due);
            if (copy.Has(MessageFlags.Expires)) copy.ExpiresAt = EndOf(in entry, in copy);
        }

        context.Emitter.EmitMessage(copy, SyncClass.Lazy);
        context.Counters.CopiedBytes += entry.Size;
    }

    private ReadOnlySpan<byte> DescribeState(QueueState queue, long sequence, long dueAt, scoped in Entry entry)
    {
        var extra = queue.Extra(sequence);
        context.Scratch.Clear();
        new DeliveryState
        {
            State = entry.State,
            RetainUntil = entry.State == MessageState.Retained ? Entry.ExpiryMilliseconds(entry.Expiry) : 0,
            DueAt = entry.State == MessageState.Scheduled ? extra is { DueAt: > 0 } ? extra.DueAt : dueAt : 0,
            Failures = extra?.Failures ?? 0,
            Deliveries = extra?.Deliveries ?? 0,
            Isolated = extra is { Isolated: true },
            Attempts = extra?.DescribeAttempts() ?? [],
            History = extra?.History,
            AckedBy = queue.Work?.Devices is { } devices ? [.. devices.Where(d => d.HasAcked(sequence)).Select(static d => d.Index)] : [],
        }.Write(context.Scratch);
        return context.Scratch.Written;
    }

    /// <summary>
    /// The shard's time at which a message expires that no longer waits for the wall clock. Of one that is kept, or was sought, the entry
    /// does not know it.
    /// </summary>
    private long EndOf(in Entry entry, in MessageRecord message) =>
        entry.State == MessageState.Retained || entry.Expiry == 0
            ? Math.Max(1, message.ExpiresAt - _state.Wall.Shift)
            : Entry.ExpiryMilliseconds(entry.Expiry);

    private void RestateDedup(QueueState queue, UInt128 hash)
    {
        if (queue.Work?.Dedup is not { } dedup || !dedup.TryFind(hash, _state.Now, out var seen)) return;
        context.Emitter.Emit(new DedupRecord(queue.Id, hash, seen.Id, seen.Sequence, seen.Until), SyncClass.Lazy);
    }

    private void RestateProducer(QueueState queue, string producer)
    {
        if (queue.Work?.Producers is not { } producers || !producers.TryGet(producer, out var mark)) return;
        context.Emitter.Emit(new ProducerRecord(queue.Id, producer, mark.Number, mark.Id, mark.Sequence), SyncClass.Lazy);
    }
}
