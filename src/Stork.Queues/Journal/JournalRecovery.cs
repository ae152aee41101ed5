using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Stork.Shared.Disk;
using Stork.Queues.Snapshots;
using Stork.Queues.Records;
using Stork.Shared;

namespace Stork.Queues.Journal;

/// <summary>
/// Reads the segments in their order and tells a torn tail from damage.
/// A frame that does not check out in the last segment is a torn tail unless a later frame says that it was durable: unsynced frames may
/// be lost in any combination by a power cut, synced ones may not. Anywhere else it is damage. A torn tail is kept aside and zeroed.
/// With a snapshot the segments before its point are not read: their headers, sizes and footers are checked, and what is in them when it is read.
/// </summary>
internal sealed class JournalRecovery(
    IDisk disk, Guid store, int shard, JournalLog journal, IJournalReplay replay, JournalStart? start, JournalEnd? known)
{
    /// <summary>A footer's frame.</summary>
    private const int FooterFrame = JournalFormat.FooterBytes;

    private readonly uint _salt = journal.Salt;
    private ulong _nextLsn = 1;
    private long _wallClock;
    private long _replayed;
    private ulong _vouched;
    private int _durableTo = JournalFormat.SegmentHeaderBytes;
    private readonly Queue<(ulong EndLsn, int EndOffset)> _unvouched = new();

    [StructLayout(LayoutKind.Auto)]
    internal readonly record struct End(ulong NextLsn, long WallClock, bool Closed, int DurableTo, long Replayed);

    public End Run(ref byte[] image)
    {
        foreach (var draft in (string[])[JournalFormat.NextSegment, JournalFormat.ReserveDraft, JournalFormat.Spare])
            if (disk.Exists(draft)) disk.Delete(draft);

        var ids = FindSegments();
        var closed = false;
        CheckBeginning(ids);
        var from = start is null ? 0 : Adopt(ids, start);
        for (var i = from; i < ids.Count; i++)
        {
            var last = i == ids.Count - 1;
            closed = ReadSegment(ids[i], first: i == 0, last, ref image);
            if (!closed && !last)
                throw Damage(ids[i], journal.Segments[^1].Used, "the segment has no footer although another one follows");
        }

        CheckEnd();
        return new End(_nextLsn, _wallClock, closed, _durableTo, _replayed);
    }

    /// <summary>Takes the segments before the snapshot's point as they are; says which one has the point.</summary>
    private int Adopt(List<uint> ids, JournalStart point)
    {
        var at = ids.IndexOf(point.Segment);
        if (at < 0) throw new SnapshotRejectedException($"its segment {point.Segment} is not there");
        if (ids[0] < point.Segments[0].Id) throw new SnapshotRejectedException($"it does not know segment {ids[0]}");
        var first = new byte[JournalFormat.SegmentHeaderBytes];
        var footer = new byte[FooterFrame];
        for (var i = 0; i < at; i++)
        {
            var (id, used) = point.Segments[(int)(ids[i] - point.Segments[0].Id)];
            var file = disk.Open(JournalFormat.SegmentName(ids[i]));
            var segment = new Segment(ids[i], _nextLsn, checked((int)file.Length), file) { Used = used };
            journal.AddRecovered(segment);
            if (id != ids[i] || used < JournalFormat.SegmentHeaderBytes + FooterFrame || used > segment.Capacity) throw new SnapshotRejectedException($"it says of segment {ids[i]} what cannot be");
            if (file.Read(0, first) < first.Length || file.Read(used - FooterFrame, footer) < footer.Length) throw Damage(ids[i], 0, "the file cannot be read");
            CheckHeader(first, ids[i], first: i == 0);
            segment.FirstLsn = _nextLsn;
            if (!FrameHeader.TryRead(footer, _salt, out var frame) || frame.Segment != ids[i] || frame.FirstLsn < _nextLsn) throw Damage(ids[i], used - FooterFrame, "the footer fails its checks");
            _nextLsn = frame.FirstLsn + (ulong)frame.Records;
        }

        return at;
    }

    private List<uint> FindSegments()
    {
        var ids = new List<uint>();
        foreach (var name in disk.List())
            if (JournalFormat.TryParseSegmentName(name, out var id)) ids.Add(id);
        ids.Sort();
        for (var i = 1; i < ids.Count; i++)
            if (ids[i] != ids[i - 1] + 1) throw Damage(ids[i - 1] + 1, 0, "a segment is missing");
        return ids;
    }

    private bool ReadSegment(uint id, bool first, bool last, ref byte[] image)
    {
        var file = disk.Open(JournalFormat.SegmentName(id));
        var length = checked((int)file.Length);
        if (image.Length < length) image = new byte[length];
        var read = file.Read(0, image.AsSpan(0, length));
        if (read < length) throw Damage(id, read, "the file cannot be read to its end");
        var bytes = image.AsSpan(0, length);
        CheckHeader(bytes, id, first);
        var segment = new Segment(id, _nextLsn, length, file) { Used = JournalFormat.SegmentHeaderBytes };
        journal.AddRecovered(segment);
        _durableTo = segment.Used;
        _unvouched.Clear();
        var closed = ReadFrames(bytes, segment, last);
        if (closed || !last) return closed;
        CheckEnd();
        ClearTail(bytes, segment);
        return false;
    }

    /// <summary>Only ever the oldest segment is given up, and it is said before that which one is the oldest then.</summary>
    private void CheckBeginning(List<uint> ids)
    {
        if (known is not { } end || ids.Count == 0 || ids[0] <= end.FirstSegment) return;
        throw new JournalDamagedException(JournalFormat.SegmentName(end.FirstSegment), 0, end.FirstLsn, end.MissingBefore(ids[0]));
    }

    /// <summary>A log that ends before the recorded end is not torn: what is missing was durable.</summary>
    private void CheckEnd()
    {
        if (known is not { } end || _nextLsn >= end.Lsn) return;
        if (journal.Segments.Count == 0) throw new JournalDamagedException(JournalFormat.SegmentName(end.Segment), 0, end.Lsn, end.NoSegment);
        throw Damage(journal.Segments[^1].Id, journal.Segments[^1].Used, end.Missing(_nextLsn));
    }

    private void CheckHeader(ReadOnlySpan<byte> bytes, uint id, bool first)
    {
        if (!SegmentHeader.TryRead(bytes, out var header)) throw Damage(id, 0, "the segment's header fails its checksum");
        if (header.Major != JournalFormat.Major)
            throw new NotSupportedException(
                $"Segment {id} has format {header.Major}.{header.Minor}; this version reads {JournalFormat.Major}.x.");
        if (header.Store != store) throw Damage(id, 16, "the segment belongs to another store");
        if (header.IsOfAnotherShard(shard)) throw Damage(id, 48, $"the segment belongs to shard {header.Shard - 1}");
        if (header.Id != id) throw Damage(id, 12, $"the file holds segment {header.Id}");
        if (first) _nextLsn = header.FirstLsn;
        else if (header.FirstLsn != _nextLsn) throw Damage(id, 32, $"the segment starts at LSN {header.FirstLsn}");
    }

    private bool ReadFrames(ReadOnlySpan<byte> bytes, Segment segment, bool last)
    {
        while (true)
        {
            var at = segment.Used;
            var isBefore = start is not null && segment.Id == start.Segment && at < start.Offset;
            if (start is not null && segment.Id == start.Segment && at == start.Offset)
            {
                if (_nextLsn != start.NextLsn) throw new SnapshotRejectedException($"LSN {_nextLsn} is where it says {start.NextLsn}");
                start.Load();
            }

            if (!TryFrame(bytes[at..], segment.Id, out var header, out var body))
            {
                if (isBefore) throw new SnapshotRejectedException($"the log does not reach its point: segment {segment.Id} ends at {at}");
                if (!last) throw Damage(segment.Id, at, "a frame fails its checks");
                return false;
            }

            if (!isBefore)
            {
                replay.BeginFrame(header.WallClock);
                _replayed += JournalFormat.FrameHeaderBytes + header.BodyLength;
            }

            _wallClock = Math.Max(_wallClock, header.WallClock);
            var closing = !isBefore && Replay(body, segment.Id, at + JournalFormat.FrameHeaderBytes, header);
            _nextLsn += (ulong)header.Records;
            segment.Used = at + JournalFormat.FrameHeaderBytes + header.BodyLength;
            NoteDurable(header, segment.Used);
            if (closing) return true;
        }
    }

    /// <summary>Keeps track of how far the segment is known to be durable by what later frames say.</summary>
    private void NoteDurable(in FrameHeader header, int end)
    {
        _vouched = Math.Max(_vouched, header.SyncedLsn);
        while (_unvouched.TryPeek(out var oldest) && oldest.EndLsn <= _vouched) _durableTo = _unvouched.Dequeue().EndOffset;
        _unvouched.Enqueue((_nextLsn, end));
    }

    private bool TryFrame(ReadOnlySpan<byte> bytes, uint segment, out FrameHeader header, out ReadOnlySpan<byte> body)
    {
        body = default;
        if (!FrameHeader.TryRead(bytes, _salt, out header) || header.Segment != segment || header.FirstLsn != _nextLsn) return false;
        if (header.BodyLength > bytes.Length - JournalFormat.FrameHeaderBytes) return false;
        body = bytes.Slice(JournalFormat.FrameHeaderBytes, header.BodyLength);
        return Crc32C.Of(body) == header.BodyCrc;
    }

    private bool Replay(ReadOnlySpan<byte> body, uint segment, int offset, FrameHeader header)
    {
        var closing = false;
        var at = 0;
        for (var i = 0; i < header.Records; i++)
        {
            if (body.Length - at < JournalFormat.RecordPrefixBytes)
                throw Damage(segment, offset + at, "a frame holds fewer records than it says");
            var length = BinaryPrimitives.ReadInt32LittleEndian(body[at..]);
            if (length <= 0 || length > body.Length - at - JournalFormat.RecordPrefixBytes)
                throw Damage(segment, offset + at, "a record's length is wrong");
            var record = body.Slice(at + JournalFormat.RecordPrefixBytes, length);
            try
            {
                replay.Apply(record, new RecordAddress(segment, (uint)(offset + at), header.FirstLsn + (ulong)i));
            }
            catch (Exception failure) when (failure is InvalidDataException or ArgumentException or IndexOutOfRangeException
                or OverflowException)
            {
                throw Damage(segment, offset + at, $"a record cannot be read: {failure.Message}");
            }

            closing = record[0] == (byte)RecordKind.Footer;
            at += JournalFormat.RecordPrefixBytes + length;
        }

        return at == body.Length ? closing : throw Damage(segment, offset + at, "a frame holds more than its records");
    }

    /// <summary>
    /// Behind the last good frame there are zeros, or what an earlier segment left in the file. Frames of this segment are a torn tail, or damage if one
    /// of them says that what is missing was durable. They have to go: one of them might fit behind what is written next.
    /// </summary>
    private void ClearTail(ReadOnlySpan<byte> bytes, Segment segment)
    {
        var tail = bytes[segment.Used..];
        if (!FrameHeader.TryFindTail(tail, _salt, segment.Id, out var vouched)) return;
        if (vouched > _nextLsn) throw Damage(segment.Id, segment.Used, "a frame fails its checks although a later one says that it was durable");
        var end = tail.LastIndexOfAnyExcept((byte)0) + 1;
        var name = $"torn-{segment.Id:D10}-{segment.Used}.bin";
        if (disk.Exists(name)) disk.Delete(name);
        using (var aside = disk.Create(name))
        {
            aside.Write(0, tail[..end]);
            aside.Sync();
        }

        disk.SyncDirectory();
        segment.File.Write(segment.Used, new byte[end]);
        segment.File.Sync();
    }

    private JournalDamagedException Damage(uint segment, long offset, string what) =>
        new(JournalFormat.SegmentName(segment), offset, _nextLsn, what);
}
