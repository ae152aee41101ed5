namespace Stork.Queues.Journal;

/// <summary>
/// Reads the segments in their order and tells a torn tail from damage.
/// A frame that does not check out in the last segment is a torn tail unless a later frame says that it was durable: unsynced frames may
/// be lost in any combination by a power cut, synced ones may not. Anywhere else it is damage. A torn tail is kept aside and zeroed.
/// With a snapshot the segments before its point are not read: their headers, sizes and footers are checked, and what is in them when it is
/// read. Safe to repeat after a crash at any point.
/// </summary>
/// <param name="disk">The folder of the shard.</param>
/// <param name="store">The store.</param>
/// <param name="shard">The number of the shard.</param>
/// <param name="known">How far the log reached, by what is known outside of it; null: nothing is.</param>
internal sealed class JournalRecovery(IDisk disk, Guid store, int shard, JournalEnd? known)
{
    /// <summary>A footer's frame.</summary>
    private const int FooterFrame = JournalFormat.FooterBytes;

    private readonly uint _salt = JournalFormat.SaltOf(store);
    private readonly List<Segment> _segments = [];
    private byte[] _image = [];
    private LiveBytes _live = new();
    private IJournalReplay? _replay;
    private JournalStart? _start;
    private ulong _nextLsn = 1;
    private long _wallClock;
    private long _replayed;
    private ulong _vouched;
    private int _durableTo = JournalFormat.SegmentHeaderBytes;
    private readonly Queue<(ulong EndLsn, int EndOffset)> _unvouched = new();

    /// <summary>Reads the log. To be called once.</summary>
    /// <param name="replay">Takes the records; null: only the log itself is wanted.</param>
    /// <param name="live">Is told of each segment before its first record is replayed.</param>
    /// <param name="start">The point that a snapshot stands for; null: the beginning.</param>
    /// <returns>What is there, with open files that are the caller's now.</returns>
    /// <exception cref="JournalDamagedException">The files contradict themselves, or what is known of the end.</exception>
    /// <exception cref="SnapshotRejectedException">The log does not fit the snapshot.</exception>
    public RecoveredJournal Run(IJournalReplay? replay, LiveBytes live, JournalStart? start = null)
    {
        (_replay, _live, _start) = (replay, live, start);
        try
        {
            return Read();
        }
        catch
        {
            foreach (var segment in _segments) segment.File.Dispose();
            throw;
        }
    }

    private RecoveredJournal Read()
    {
        foreach (var draft in (string[])[JournalFormat.NextSegment, JournalFormat.ReserveDraft, JournalFormat.Spare])
            if (disk.Exists(draft)) disk.Delete(draft);

        var ids = FindSegments();
        var closed = false;
        CheckBeginning(ids);
        var from = _start is null ? 0 : Adopt(ids, _start);
        for (var i = from; i < ids.Count; i++)
        {
            var last = i == ids.Count - 1;
            closed = ReadSegment(ids[i], first: i == 0, last);
            if (!closed && !last) throw Damage(ids[i], _segments[^1].Used, "the segment has no footer although another one follows");
        }

        CheckEnd();
        return new RecoveredJournal(_segments, _image, _nextLsn, _wallClock, closed, _durableTo, _replayed);
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
            Add(segment);
            if (id != ids[i] || used < JournalFormat.SegmentHeaderBytes + FooterFrame || used > segment.Capacity)
                throw new SnapshotRejectedException($"it says of segment {ids[i]} what cannot be");
            if (file.Read(0, first) < first.Length || file.Read(used - FooterFrame, footer) < footer.Length)
                throw Damage(ids[i], 0, "the file cannot be read");
            CheckHeader(first, ids[i], first: i == 0);
            segment.FirstLsn = _nextLsn;
            if (!FrameHeader.TryRead(footer, _salt, out var frame) || frame.Segment != ids[i] || frame.FirstLsn < _nextLsn)
                throw Damage(ids[i], used - FooterFrame, "the footer fails its checks");
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

    private void Add(Segment segment)
    {
        _segments.Add(segment);
        _live.AddSegment(segment.Id);
    }

    private bool ReadSegment(uint id, bool first, bool last)
    {
        var file = disk.Open(JournalFormat.SegmentName(id));
        var length = checked((int)file.Length);
        var segment = new Segment(id, _nextLsn, length, file) { Used = JournalFormat.SegmentHeaderBytes };
        Add(segment);
        if (_image.Length < length) _image = new byte[length];
        var read = file.Read(0, _image.AsSpan(0, length));
        if (read < length) throw Damage(id, read, "the file cannot be read to its end");
        var bytes = _image.AsSpan(0, length);
        CheckHeader(bytes, id, first);
        segment.FirstLsn = _nextLsn;
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
        if (_segments.Count == 0) throw new JournalDamagedException(JournalFormat.SegmentName(end.Segment), 0, end.Lsn, end.NoSegment);
        throw Damage(_segments[^1].Id, _segments[^1].Used, end.Missing(_nextLsn));
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
            var isBefore = _start is not null && segment.Id == _start.Segment && at < _start.Offset;
            if (_start is { } start && segment.Id == start.Segment && at == start.Offset)
            {
                if (_nextLsn != start.NextLsn) throw new SnapshotRejectedException($"LSN {_nextLsn} is where it says {start.NextLsn}");
                start.Load();
            }

            if (!FrameHeader.TryReadFrame(bytes[at..], _salt, segment.Id, out var header, out var body) || header.FirstLsn != _nextLsn)
            {
                if (isBefore) throw new SnapshotRejectedException($"the log does not reach its point: segment {segment.Id} ends at {at}");
                if (!last) throw Damage(segment.Id, at, "a frame fails its checks");
                return false;
            }

            if (!isBefore)
            {
                _replay?.BeginFrame(header.WallClock);
                _replayed += JournalFormat.FrameHeaderBytes + header.BodyLength;
            }

            _wallClock = Math.Max(_wallClock, header.WallClock);
            var closing = !isBefore && Replay(body, segment.Id, at + JournalFormat.FrameHeaderBytes, header);
            _nextLsn += (ulong)header.Records;
            segment.Used = at + JournalFormat.FrameHeaderBytes + header.BodyLength;
            TrackDurable(header, segment.Used);
            if (closing) return true;
        }
    }

    /// <summary>Keeps track of how far the segment is known to be durable by what later frames say.</summary>
    private void TrackDurable(in FrameHeader header, int end)
    {
        _vouched = Math.Max(_vouched, header.SyncedLsn);
        while (_unvouched.TryPeek(out var oldest) && oldest.EndLsn <= _vouched) _durableTo = _unvouched.Dequeue().EndOffset;
        _unvouched.Enqueue((_nextLsn, end));
    }

    /// <summary>Whether the frame closes its segment.</summary>
    private bool Replay(ReadOnlySpan<byte> body, uint segment, int offset, in FrameHeader header)
    {
        var closing = false;
        var records = new FrameRecords(body, header.Records);
        while (records.MoveNext())
        {
            try
            {
                var at = new RecordAddress(segment, (uint)(offset + records.Offset), header.FirstLsn + (ulong)records.Index);
                _replay?.Apply(records.Record, at);
            }
            catch (Exception failure) when (failure is InvalidDataException or ArgumentException or IndexOutOfRangeException
                or OverflowException)
            {
                throw Damage(segment, offset + records.Offset, $"a record cannot be read: {failure.Message}");
            }

            closing = records.Record[0] == (byte)RecordKind.Footer;
        }

        return records.Fault is { } fault ? throw Damage(segment, offset + records.Offset, fault) : closing;
    }

    /// <summary>
    /// Behind the last good frame there are zeros, or what an earlier segment left in the file. Frames of this segment are a torn tail, or
    /// damage if one of them says that what is missing was durable. They have to go: one of them might fit behind what is written next.
    /// </summary>
    private void ClearTail(ReadOnlySpan<byte> bytes, Segment segment)
    {
        var tail = bytes[segment.Used..];
        if (!FrameHeader.TryFindTail(tail, _salt, segment.Id, out var vouched)) return;
        if (vouched > _nextLsn)
            throw Damage(segment.Id, segment.Used, "a frame fails its checks although a later one says that it was durable");
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
