using System.Runtime.CompilerServices;
using System.Text;
using Stork.Queues.Journal;
using Stork.Queues.Records;
using Stork.Shared;

namespace Stork.Queues.Core;

/// <summary>
/// Frees the oldest segment: what is still wanted of it is written anew at the end, then the file goes. Only ever the oldest, so that the
/// record that settles a message never goes before the message itself.
/// </summary>
internal sealed partial class ShardCore
{
    /// <summary>
    /// Dead bytes that are tolerated, as a part of the live ones. At worst all that is live lies before all that is dead and is copied to get there,
    /// while a sixth of it comes in anew: with that and the frames' own bytes the space stays below 1.5 times. It is also the bound on copying: less
    /// than 1 / 0.28, or 3.6 bytes for each byte that comes in.
    /// </summary>
    private const double DeadShare = 0.28;

    /// <summary>A small store is left alone until it has this many segments of dead bytes.</summary>
    private const int DeadSegments = 1;

    private const int QueueRecordBytes = 48;
    private const int RememberedBytes = 96;

    private Segment? _reclaimed;
    private byte[] _reclaimFrame = [];
    private long _reclaimOffset;
    private FrameHeader _reclaimHeader;

    /// <summary>The record of the frame that comes next, by its offset and its number; a negative number: the frame is yet to be read.</summary>
    private (int Offset, int Index) _reclaimRecord;

    /// <summary>Why nothing can be reclaimed any more: the oldest segment cannot be read.</summary>
    public string? ReclaimBlocked { get; private set; }

    /// <summary>Whether a segment is being, or should be, freed.</summary>
    public bool ReclaimWanted
    {
        get
        {
            if (ReclaimBlocked is not null || _journal.Segments.Count < 2) return false;
            if (_reclaimed is not null) return true;
            var live = _live.Total + ((long)_names.Count * QueueRecordBytes) + (_remembered * RememberedBytes);
            var slack = (long)DeadSegments * _journal.Segments[0].Capacity;
            return _journal.TotalBytes - live > (live * DeadShare) + slack;
        }
    }

    /// <summary>Whether everything wanted of the oldest segment is written anew, so that it can go once that is synced.</summary>
    public bool ReclaimDone { get; private set; }

    /// <summary>Goes through about this many bytes of the oldest segment.</summary>
    public void Reclaim(int budget)
    {
        if (_reclaimed is null)
        {
            _reclaimed = _journal.Segments[0];
            _reclaimOffset = JournalFormat.SegmentHeaderBytes;
            _reclaimRecord = (0, -1);
            Steps++;
        }

        var started = _reclaimOffset;
        while (_reclaimOffset < _reclaimed.Used && _reclaimOffset - started < budget)
            if (!ReclaimFrame()) return;
        ReclaimDone = _reclaimOffset >= _reclaimed.Used;
    }

    /// <summary>The copies are durable: the segment goes.</summary>
    public void FinishReclaim()
    {
        // The disk may refuse that; then it is tried again.
        _journal.DropOldest();
        ReclaimDone = false;
        _reclaimed = null;
        Steps++;
    }

    /// <summary>False if the frame under construction has no more room, or the segment cannot be read.</summary>
    private bool ReclaimFrame()
    {
        if (_reclaimRecord.Index < 0 && !LoadFrame()) return false;
        var body = _reclaimFrame.AsSpan(0, _reclaimHeader.BodyLength);
        var records = new FrameRecords(body, _reclaimHeader.Records, _reclaimRecord.Offset, _reclaimRecord.Index);
        while (records.MoveNext())
        {
            if (!Fits(records.Record.Length + MessageOverhead))
            {
                _reclaimRecord = (records.Offset, records.Index);
                return false;
            }

            Restate(records.Record, (uint)(_reclaimOffset + JournalFormat.FrameHeaderBytes + records.Offset));
        }

        if (records.Fault is { } fault)
        {
            BlockReclaim(fault);
            return false;
        }

        _reclaimOffset += JournalFormat.FrameHeaderBytes + _reclaimHeader.BodyLength;
        _reclaimRecord = (0, -1);
        Steps++;
        return true;
    }

    private bool LoadFrame()
    {
        try
        {
            _reclaimHeader = _journal.ReadFrame(_reclaimed!, _reclaimOffset, ref _reclaimFrame);
            _reclaimRecord = (0, 0);
            return true;
        }
        catch (InvalidDataException failure)
        {
            BlockReclaim(failure.Message);
            return false;
        }
    }

    private void BlockReclaim(string why)
    {
        ReclaimBlocked = $"Segment {_reclaimed!.Id} cannot be read at offset {_reclaimOffset}: {why}";
        _reclaimed = null;
    }

    /// <summary>Writes a record's meaning anew if it is still wanted and nothing later carries it.</summary>
    private void Restate(ReadOnlySpan<byte> record, uint offset)
    {
        switch ((RecordKind)record[0])
        {
            case RecordKind.Message:
                RestateMessage(MessageRecord.Read(record), offset);
                break;
            case RecordKind.Queue:
                if (Peek(QueueRecord.Read(record).Queue) is { } queue && queue.StateSegment == _reclaimed!.Id) EmitQueue(queue);
                break;
            case RecordKind.AckIds:
                if (_ackIdSegment == _reclaimed!.Id) EmitAckIds(_ackIdLimit);
                break;
            case RecordKind.Clock:
                if (Wall.Segment == _reclaimed!.Id) EmitClock(Wall.Shift, Wall.JumpedAt);
                break;
            case RecordKind.Dedup:
                var dedup = DedupRecord.Read(record);
                if (Peek(dedup.Queue) is { } owner) RestateDedup(owner, dedup.Hash);
                break;
            case RecordKind.Producer:
                var producer = ProducerRecord.Read(record);
                if (Peek(producer.Queue) is { } counted) RestateProducer(counted, producer.Producer);
                break;
            case RecordKind.Device:
                var its = DeviceRecord.Read(record);
                var (inbox, index) = (Peek(its.Queue), its.Index);
                var device = inbox?.Work?.Devices?.Find(d => d.Index == index);
                if (device is not null && device.StateSegment == _reclaimed!.Id) EmitDevice(inbox!, device, DeviceChange.Registered);
                break;
        }
    }

    private void RestateMessage(in MessageRecord message, uint offset)
    {
        if (Peek(message.Queue) is not { } queue) return;
        ref var entry = ref queue.Find(message.Sequence);
        if (!Unsafe.IsNullRef(ref entry))
        {
            if (entry.Segment != _reclaimed!.Id || entry.Offset != offset) return;
            var extra = queue.Extra(message.Sequence);
            var copy = message;
            copy.State = DescribeState(queue, message.Sequence, in entry, extra is { DueAt: > 0 } ? extra.DueAt : message.DueAt);
            copy.Flags = (message.Flags & ~MessageFlags.Moved) | MessageFlags.Copy;
            if (message.Has(MessageFlags.ByWallClock) && !entry.ByWallClock)
            {
                copy.Flags &= ~(MessageFlags.ByWallClock | MessageFlags.Due);
                if (message.Has(MessageFlags.Expires)) copy.ExpiresAt = EndOf(in entry, in message);
            }

            Emit(copy, SyncClass.Lazy);
            Counters.CopiedBytes += entry.Size;
            return;
        }

        if (message.Has(MessageFlags.Dedup)) RestateDedup(queue, IdHash.Of(message.DedupId));
        if (message.Has(MessageFlags.Producer)) RestateProducer(queue, Encoding.UTF8.GetString(message.Producer));
    }

    /// <summary>
    /// The shard's time at which a message expires that no longer waits for the wall clock. Of one that is kept, or was sought, the entry does not know it.
    /// </summary>
    private long EndOf(in Entry entry, in MessageRecord message) =>
        entry.State == MessageState.Retained || entry.Expiry == 0
            ? Math.Max(1, message.ExpiresAt - Wall.Shift)
            : Entry.ExpiryMilliseconds(entry.Expiry);

    private void RestateDedup(QueueState queue, UInt128 hash)
    {
        if (queue.Work?.Dedup is not { } dedup || !dedup.TryFind(hash, Now, out var seen)) return;
        Emit(new DedupRecord(queue.Id, hash, seen.Id, seen.Sequence, seen.Until), SyncClass.Lazy);
    }

    private void RestateProducer(QueueState queue, string producer)
    {
        if (queue.Work?.Producers is not { } producers || !producers.TryGetValue(producer, out var mark)) return;
        Emit(new ProducerRecord(queue.Id, producer, mark.Number, mark.Id, mark.Sequence), SyncClass.Lazy);
    }
}
