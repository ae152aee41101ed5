namespace Stork.Queues.Journal;

/// <summary>
/// Reads a shard's segments for the tools: what recovery refuses is noted here, and the scan goes on with the next frame that checks out.
/// What is torn and what is damaged is decided as <see cref="JournalRecovery"/> does, also by what is known of the end. Nothing is written.
/// </summary>
internal sealed class JournalScan(IDisk disk, Guid store, IJournalReplay replay, int shard = 0, JournalEnd? known = null)
{
    private readonly uint _salt = JournalFormat.SaltOf(store);
    private readonly List<ScannedSegment> _segments = [];
    private byte[] _image = [];
    private ulong _nextLsn;

    /// <summary>The first segment of those whose records up to the next sound header are lost; -1: none.</summary>
    private int _lostAt = -1;

    /// <summary>The largest segment file: what a missing one is taken to have been.</summary>
    public int SegmentLength { get; private set; }

    /// <summary>What is wrong with the beginning of the log; null: nothing. It has no segment that could show it.</summary>
    public JournalHole? MissingBefore { get; private set; }

    /// <summary>Called with each segment and its bytes once it was read; the bytes are valid during the call only.</summary>
    public Action<ScannedSegment, ReadOnlySpan<byte>>? OnSegment { get; init; }

    public IReadOnlyList<ScannedSegment> Run()
    {
        var files = FindFiles();
        if (files.Count == 0)
        {
            if (known is { Lsn: > 1 } end) MissAll(end);
            return _segments;
        }

        var last = files.Keys[^1];
        for (var id = files.Keys[0]; id <= last; id++)
        {
            if (files.TryGetValue(id, out var name)) Read(id, name, id == last);
            else Miss(id, "the segment is missing");
        }

        if (known is { } reached) CheckEnds(files.Keys[0], last, reached);
        return _segments;
    }

    private void MissAll(JournalEnd end)
    {
        var segment = new ScannedSegment(end.Segment) { FirstLsn = end.Lsn, EndLsn = end.Lsn };
        segment.Holes.Add(new JournalHole(0, 0, end.FirstLsn, end.Lsn, Torn: false, end.NoSegment));
        _segments.Add(segment);
    }

    /// <summary>What is known of the ends of the log shows what is missing there.</summary>
    private void CheckEnds(uint first, uint last, JournalEnd end)
    {
        if (first > end.FirstSegment && _segments[0].FirstLsn > end.FirstLsn)
            MissingBefore = new JournalHole(0, 0, end.FirstLsn, _segments[0].FirstLsn, Torn: false, end.MissingBefore(first));
        if (_nextLsn >= end.Lsn) return;
        for (var id = last + 1; id <= end.Segment; id++) Miss(id, "the segment is missing");
        if (end.Segment <= last)
        {
            var cut = _segments[^1];
            cut.Holes.Add(new JournalHole(cut.Used, 0, _nextLsn, end.Lsn, Torn: false, end.Missing(_nextLsn)));
            if (_lostAt < 0) cut.EndLsn = end.Lsn;
        }

        if (_lostAt >= 0) EndLost(end.Lsn, _segments.Count);
        _nextLsn = end.Lsn;
    }

    /// <summary>A file goes by what its header says it is; by its name if the header says nothing.</summary>
    private SortedList<uint, string> FindFiles()
    {
        var files = new SortedList<uint, string>();
        var unsure = new List<(uint Id, string Name)>();
        var head = new byte[JournalFormat.SegmentHeaderBytes];
        foreach (var name in disk.List().Order(StringComparer.Ordinal))
        {
            if (!JournalFormat.TryParseSegmentName(name, out var named)) continue;
            using var file = disk.Open(name);
            SegmentLength = Math.Max(SegmentLength, checked((int)file.Length));
            var sound = file.Read(0, head) == head.Length && SegmentHeader.TryRead(head, out var header) && header.Store == store;
            if (sound && SegmentHeader.TryRead(head, out header)
                && (header.Id == named || !disk.Exists(JournalFormat.SegmentName(header.Id)) || IsSwapped(header.Id, named)))
                files.TryAdd(header.Id, name);
            else unsure.Add((named, name));
        }

        foreach (var (id, name) in unsure) files.TryAdd(id, name);
        return files;
    }

    /// <summary>Whether the file of that name does not hold what the name says either.</summary>
    private bool IsSwapped(uint claimed, uint named)
    {
        using var file = disk.Open(JournalFormat.SegmentName(claimed));
        var head = new byte[JournalFormat.SegmentHeaderBytes];
        return claimed != named && file.Read(0, head) == head.Length && SegmentHeader.TryRead(head, out var header)
            && header.Store == store && header.Id != claimed;
    }

    private void Miss(uint id, string what)
    {
        var segment = new ScannedSegment(id) { FirstLsn = _nextLsn, EndLsn = _nextLsn };
        segment.Holes.Add(new JournalHole(0, 0, _nextLsn, _nextLsn, Torn: false, what));
        if (_lostAt < 0) _lostAt = _segments.Count;
        _segments.Add(segment);
    }

    private void Read(uint id, string name, bool last)
    {
        var length = 0;
        using (var file = disk.Open(name))
        {
            length = checked((int)file.Length);
            if (_image.Length < length) _image = new byte[length];
            length = file.Read(0, _image.AsSpan(0, length));
        }

        var bytes = _image.AsSpan(0, length);
        var segment = new ScannedSegment(id) { File = name, Length = length, Used = Math.Min(length, JournalFormat.SegmentHeaderBytes) };
        _segments.Add(segment);
        if (_nextLsn == 0 && known is { } end && end.FirstSegment == id) _nextLsn = end.FirstLsn;
        CheckHeader(bytes, segment);
        if (!segment.HeaderSound && TryFrame(bytes[segment.Used..], id, out var first, out _))
        {
            // Its first frame says where it starts just as well.
            var ignored = "";
            GoOnAt(first.FirstLsn, ref ignored);
        }

        segment.FirstLsn = _nextLsn;
        if (length > JournalFormat.SegmentHeaderBytes) ReadFrames(bytes, segment, last);
        else if (!last) segment.Holes.Add(new JournalHole(segment.Used, 0, _nextLsn, _nextLsn, Torn: false, "the file is cut off"));
        segment.EndLsn = _nextLsn;
        if (!segment.Closed && !last && _lostAt < 0) _lostAt = _segments.Count - 1;
        OnSegment?.Invoke(segment, bytes);
    }

    private void CheckHeader(ReadOnlySpan<byte> bytes, ScannedSegment segment)
    {
        var what = "the segment's header fails its checksum";
        if (SegmentHeader.TryRead(bytes, out var header))
        {
            if (header.Major != JournalFormat.Major)
                throw new NotSupportedException(
                    $"Segment {segment.Id} has format {header.Major}.{header.Minor}; this version reads {JournalFormat.Major}.x.");
            what = header.Store != store ? "the segment belongs to another store"
                : header.IsOfAnotherShard(shard) ? $"the segment belongs to shard {header.Shard - 1}"
                : header.Id != segment.Id ? $"the file holds segment {header.Id}"
                : "";
            if (what.Length == 0) GoOnAt(header.FirstLsn, ref what);
            segment.HeaderSound = what.Length == 0;
        }

        if (what.Length == 0 && segment.File != JournalFormat.SegmentName(segment.Id)) what = $"the file holds segment {segment.Id}";
        if (what.Length > 0)
            segment.Holes.Add(
                new JournalHole(0, Math.Min(bytes.Length, JournalFormat.SegmentHeaderBytes), _nextLsn, _nextLsn, Torn: false, what));
    }

    /// <summary>Records go on where the segment starts; what went before and is lost ends there.</summary>
    private void GoOnAt(ulong first, ref string what)
    {
        if (_nextLsn != 0 && first != _nextLsn && (_lostAt < 0 || first < _nextLsn))
        {
            what = $"the segment starts at LSN {first}";
            return;
        }

        if (_lostAt >= 0) EndLost(first, _segments.Count - 1);
        _nextLsn = first;
        _lostAt = -1;
    }

    /// <summary>Spreads the lost records over the segments that had them, as many in each as there is room for.</summary>
    private void EndLost(ulong end, int until)
    {
        for (var i = _lostAt; i < until; i++)
        {
            var segment = _segments[i];
            var hole = segment.Holes[^1];
            var first = i == _lostAt ? hole.FirstLsn : _segments[i - 1].EndLsn;
            var offset = Math.Max(hole.Offset, JournalFormat.SegmentHeaderBytes);
            var others = (ulong)(until - 1 - i);
            var fit = HoleFrame.MostRecords(Math.Max(segment.Length, SegmentLength) - offset);
            var left = end - first;
            var here = Math.Min((ulong)fit, left > others ? left - others : 0);
            if (segment.File is null) segment.FirstLsn = first;
            segment.EndLsn = first + here;
            segment.Holes[^1] = hole with { Offset = offset, FirstLsn = first, EndLsn = segment.EndLsn };
        }
    }

    private void ReadFrames(ReadOnlySpan<byte> bytes, ScannedSegment segment, bool last)
    {
        for (var at = JournalFormat.SegmentHeaderBytes; ;)
        {
            if (TryFrame(bytes[at..], segment.Id, out var header, out var body) && (header.FirstLsn == _nextLsn || _nextLsn == 0))
            {
                Replay(header, body, segment, at);
                at = segment.Used;
                if (segment.Closed) return;
                continue;
            }

            var rest = bytes[at..];
            var used = rest.LastIndexOfAnyExcept((byte)0) + 1;
            var reached = last && known is { } end ? end.Lsn : 0;
            if (!FrameHeader.TryFindTail(rest, _salt, segment.Id, out var vouched) && last && reached <= _nextLsn) return;
            vouched = Math.Max(Math.Max(vouched, reached), _nextLsn);
            var next = FindFrame(rest, segment.Id);
            if (last && vouched <= _nextLsn)
            {
                segment.Holes.Add(new JournalHole(at, used, _nextLsn, _nextLsn, Torn: true, "the tail is torn"));
                return;
            }

            var what = Describe(rest, segment.Id, used);
            if (next < 0)
            {
                segment.Holes.Add(new JournalHole(at, last ? used : rest.Length, _nextLsn, last ? vouched : _nextLsn, Torn: false, what));
                if (last) _nextLsn = vouched;
                return;
            }

            FrameHeader.TryRead(rest[next..], _salt, out header);
            if (_lostAt >= 0 && header.FirstLsn - 1 > _nextLsn)
            {
                // Neither the header nor the first frame says where this segment starts: one record before what is found will do.
                EndLost(header.FirstLsn - 1, _segments.Count - 1);
                _nextLsn = segment.FirstLsn = header.FirstLsn - 1;
                _lostAt = -1;
            }

            segment.Holes.Add(new JournalHole(at, next, _nextLsn, header.FirstLsn, Torn: false, what));
            _nextLsn = header.FirstLsn;
            at += next;
        }
    }

    private void Replay(in FrameHeader header, ReadOnlySpan<byte> body, ScannedSegment segment, int at)
    {
        replay.BeginFrame(header.WallClock);
        var start = at + JournalFormat.FrameHeaderBytes;
        var records = new FrameRecords(body, header.Records);
        while (records.MoveNext())
        {
            replay.Apply(
                records.Record, new RecordAddress(segment.Id, (uint)(start + records.Offset), header.FirstLsn + (ulong)records.Index));
            segment.Closed = records.Record[0] == (byte)RecordKind.Footer;
        }

        segment.Frames++;
        segment.Records += header.Records;
        segment.Used = start + header.BodyLength;
        _nextLsn = header.FirstLsn + (ulong)header.Records;
    }

    /// <summary>A frame whose checksums hold and whose records fill it exactly.</summary>
    private bool TryFrame(ReadOnlySpan<byte> bytes, uint segment, out FrameHeader header, out ReadOnlySpan<byte> body)
    {
        if (!FrameHeader.TryReadFrame(bytes, _salt, segment, out header, out body)) return false;
        var records = new FrameRecords(body, header.Records);
        while (records.MoveNext())
        {
            // Only whether they fit is wanted.
        }

        return records.Fault is null;
    }

    /// <summary>
    /// The next frame that can follow, or -1. The records in between must have had room; with segments lost before, nobody knows how many.
    /// </summary>
    private int FindFrame(ReadOnlySpan<byte> bytes, uint segment)
    {
        foreach (var at in FrameHeader.Heads(bytes))
            if (TryFrame(bytes[at..], segment, out var header, out _)
                && (_nextLsn == 0 || (header.FirstLsn > _nextLsn && HoleFrame.Fits(_lostAt < 0 ? header.FirstLsn - _nextLsn : 1, at))))
                return at;
        return -1;
    }

    private string Describe(ReadOnlySpan<byte> bytes, uint segment, int used)
    {
        if (used == 0) return "zeros where a frame must be";
        if (!FrameHeader.TryRead(bytes, _salt, out var header)) return "a frame's header fails its checksum";
        if (header.Segment != segment) return $"a frame of segment {header.Segment}";
        if (header.FirstLsn != _nextLsn) return $"a frame with LSN {header.FirstLsn}";
        return "a frame's body fails its checksum";
    }
}
