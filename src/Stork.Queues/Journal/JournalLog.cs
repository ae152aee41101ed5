using System.Buffers.Binary;
using System.Diagnostics;
using System.Runtime.ExceptionServices;

namespace Stork.Queues.Journal;

/// <summary>
/// The append-only log of one shard. A single thread uses it: add records to the frame, <see cref="Write"/> it, and have it committed
/// before anything in it is told to anyone who was promised durability. The first failed write or commit ends the journal's life: Linux
/// marks pages clean after a failed sync, so a second one that "succeeds" would prove nothing.
/// </summary>
[DebuggerDisplay("journal up to {NextLsn}, synced up to {SyncedLsn}, {Segments.Count} segments")]
internal sealed class JournalLog : IJournal, IDisposable
{
    /// <summary>The next file is made when this much of the active one is used.</summary>
    private const double PrepareAheadAt = 0.5;

    private readonly IDisk _disk;
    private readonly Guid _store;
    private readonly int _shard;
    private readonly uint _salt;
    private readonly SegmentSupply _supply;
    private readonly ICommit _commit;
    private readonly Action _runCommit;
    private readonly LiveBytes _live;
    private readonly List<Segment> _segments;
    private readonly SegmentReader _reader = new();
    private byte[] _image;
    private Exception? _failure;

    /// <summary>Where the log will be durable once the commit has run.</summary>
    private (ulong Lsn, uint Segment, int Offset) _prepared;
    private (uint Segment, int Offset) _syncedTo;

    /// <summary>The file of the segment to come, while the active one is being ended.</summary>
    private IDiskFile? _next;

    private JournalLog(IDisk disk, Guid store, int shard, SegmentSupply supply, ICommit commit, LiveBytes live, RecoveredJournal found)
    {
        (_disk, _store, _shard, _supply, _commit, _live) = (disk, store, shard, supply, commit, live);
        _salt = JournalFormat.SaltOf(store);
        _runCommit = commit.Run;
        _segments = found.Segments;
        _image = found.Image;
        NextLsn = SyncedLsn = found.NextLsn;
        LastWallClock = found.WallClock;
        Passed = found.Replayed;
        foreach (var segment in _segments) TotalBytes += segment.Used;
    }

    public FrameBuilder Frame { get; } = new();

    public SegmentSupply Supply => _supply;

    public IReadOnlyList<Segment> Segments => _segments;

    public ulong NextLsn { get; private set; }

    /// <summary>Every record below this number is durable.</summary>
    public ulong SyncedLsn { get; private set; }

    /// <summary>The time in the last frame header.</summary>
    public long LastWallClock { get; private set; }

    public (uint Segment, int Offset) Position => (Active.Id, Active.Used);

    /// <summary>Bytes of frames that were replayed or written in this run.</summary>
    public long Passed { get; private set; }

    public bool HasUnsynced => SyncedLsn < NextLsn;

    /// <summary>The active segment has its last frame, or is about to; <see cref="EnsureRoom"/> goes on with the next one.</summary>
    public bool IsRotating => _next is not null;

    public long TotalBytes { get; private set; }

    public long LiveBytes => _live.Total;

    /// <summary>The commits that were done, for meters and tests.</summary>
    public long Syncs { get; private set; }

    private Segment Active => _segments[^1];

    private JournalEnd End => new(SyncedLsn, _syncedTo.Segment, _syncedTo.Offset, _segments[0].Id, _segments[0].FirstLsn);

    /// <summary>Makes a log that can be written from what recovery found.</summary>
    /// <param name="disk">The folder of the shard.</param>
    /// <param name="store">The store.</param>
    /// <param name="shard">The number of the shard.</param>
    /// <param name="supply">Where new segments come from. The log's from now on.</param>
    /// <param name="commit">What makes it durable.</param>
    /// <param name="live">What is wanted of each segment.</param>
    /// <param name="found">What is there. The log's from now on.</param>
    /// <param name="now">The store's time.</param>
    public static JournalLog Open(
        IDisk disk, Guid store, int shard, SegmentSupply supply, ICommit commit, LiveBytes live, RecoveredJournal found, long now)
    {
        var log = new JournalLog(disk, store, shard, supply, commit, live, found);
        try
        {
            log.MakeWritable(found, now);
            return log;
        }
        catch
        {
            log.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Makes sure that the empty frame has this much room, with a new segment if need be: a larger one than usual if that is what it takes.
    /// </summary>
    /// <exception cref="DiskRefusedException">A new segment is needed and cannot be had just now; this may be called again.</exception>
    public void EnsureRoom(int bytes, long now)
    {
        Debug.Assert(Frame.IsEmpty || IsRotating, "A frame cannot move to another segment.");
        if (IsRotating) Rotate(bytes, now);
        if (Frame.Room < bytes) Rotate(bytes, now);
    }

    /// <summary>Hands the frame to the operating system: it survives the process, not yet the machine.</summary>
    /// <exception cref="DiskRefusedException">No room, or not just now; the frame is kept and this may be called again.</exception>
    public void Write(long now)
    {
        ThrowIfFailed();
        if (Frame.IsEmpty) return;
        var bytes = Frame.Seal(SyncedLsn, now, _salt);
        FailOnError(() =>
        {
            try
            {
                Active.File.Write(Frame.FrameStart, bytes.Span);
            }
            catch (DiskFullException) when (_supply.ReleaseReserve())
            {
                // Nothing of this frame was synced or told, so the same bytes may be written again.
                Active.File.Write(Frame.FrameStart, bytes.Span);
            }

            _commit.AddFrame(Active, Frame.FrameStart, bytes);
        });
        NextLsn += (ulong)Frame.RecordCount;
        LastWallClock = now;
        Active.Used += bytes.Length;
        TotalBytes += bytes.Length;
        Passed += bytes.Length;
        BeginFrame();
        if (Active.Used > Active.Capacity * PrepareAheadAt) _supply.PrepareAhead();
    }

    /// <summary>Makes everything written durable. Returns only if it is.</summary>
    public void Commit()
    {
        if (PrepareCommit() is not { } run) return;
        FailOnError(run);
        MarkSynced();
    }

    /// <summary>
    /// A commit of everything written so far, to be run by any thread while the journal goes on; null: there is nothing to commit. Whoever
    /// runs it ends it with <see cref="EndCommit"/>, before the next one and before a new segment begins.
    /// </summary>
    public Action? PrepareCommit()
    {
        ThrowIfFailed();
        if (!HasUnsynced) return null;
        _prepared = (NextLsn, Active.Id, Active.Used);
        _commit.Prepare(Active, new JournalEnd(NextLsn, Active.Id, Active.Used, _segments[0].Id, _segments[0].FirstLsn));
        return _runCommit;
    }

    /// <summary>The commit that was prepared has been run elsewhere.</summary>
    /// <param name="failure">What it threw; null: nothing.</param>
    public void EndCommit(Exception? failure)
    {
        ThrowIfFailed();
        if (failure is not null) FailOnError(() => ExceptionDispatchInfo.Throw(failure));
        MarkSynced();
    }

    public ReadOnlySpan<byte> Read(uint segmentId, uint offset, int size)
    {
        var segment = _segments[(int)(segmentId - _segments[0].Id)];
        var record = segment == Active ? RecordInImage(offset) : _reader.Read(segment, offset, size);
        if (record.IsEmpty)
            throw new InvalidDataException($"The record at {JournalFormat.SegmentName(segmentId)}+{offset} fails its checksum.");
        return record;
    }

    public FrameHeader ReadFrame(Segment segment, long offset, ref byte[] body) =>
        SegmentReader.ReadFrame(segment, offset, _salt, ref body);

    public void DropOldest()
    {
        Commit();
        var oldest = _segments[0];
        Debug.Assert(_segments.Count > 1 && _live[oldest.Id] == 0, "A segment that is still needed must not go.");
        var end = End with { FirstSegment = _segments[1].Id, FirstLsn = _segments[1].FirstLsn };
        FailOnError(() =>
        {
            try
            {
                _commit.GiveUpOldest(end);
            }
            catch (DiskFullException) when (_supply.ReleaseReserve())
            {
                _commit.GiveUpOldest(end);
            }
        });
        FailOnError(() =>
        {
            if (_supply.TryRecycle(oldest.Name)) return;
            _disk.Delete(oldest.Name);
            _disk.SyncDirectory();
        });
        oldest.File.Dispose();
        TotalBytes -= oldest.Used;
        _segments.RemoveAt(0);
        _live.DropOldest();
    }

    /// <summary>Makes durable what is put down of the log's ends.</summary>
    public void FlushEnd()
    {
        ThrowIfFailed();
        FailOnError(_commit.Flush);
    }

    public void Dispose()
    {
        _supply.Dispose();
        _next?.Dispose();
        foreach (var segment in _segments) segment.File.Dispose();
    }

    private void MakeWritable(RecoveredJournal found, long now)
    {
        // A file that was cut off behind its last frame has no room for the footer: then it grows by that.
        var image = Math.Max(_supply.SegmentSize, _segments.Count > 0 ? Active.Used + JournalFormat.FooterBytes : 0);
        if (_image.Length < image) Array.Resize(ref _image, image);
        Frame.Use(_image);
        if (_segments.Count > 0)
        {
            // After the end of a process its last writes may only be in the page cache, and after a failed sync Linux takes such pages for
            // clean and would never write them. So what no frame vouches for is written once more; from here on it counts as durable.
            FailOnError(() =>
            {
                Active.File.Write(found.DurableTo, _image.AsSpan(found.DurableTo, Active.Used - found.DurableTo));
                Active.File.Sync();
            });
            FailOnError(_disk.SyncDirectory);
        }

        if (_segments.Count == 0) StartSegment(1, now, _supply.Take(_supply.SegmentSize));
        else if (found.Closed) StartSegment(Active.Id + 1, now, _supply.Take(_supply.SegmentSize));
        _syncedTo = Position;
        FailOnError(() => _commit.Open(End));
        BeginFrame();
    }

    /// <summary>Starts an empty frame behind the last one.</summary>
    private void BeginFrame() => Frame.Reset(Active.Id, Active.Capacity, Active.Used, NextLsn);

    private void MarkSynced()
    {
        Syncs++;
        SyncedLsn = _prepared.Lsn;
        _syncedTo = (_prepared.Segment, _prepared.Offset);
        FailOnError(() => _commit.Confirm(End));
    }

    /// <summary>Each step may be refused by the disk; the next call then goes on with it.</summary>
    private void Rotate(int room, long now)
    {
        ThrowIfFailed();
        if (_next is null)
        {
            FailOnError(() => _next = _supply.Take(SizeFor(room)));
            Frame.Begin(RecordKind.Footer);
            Frame.End();
        }

        Write(now);
        Commit();
        StartSegment(Active.Id + 1, now, _next!);
        _next = null;
        _syncedTo = Position;
        FailOnError(() => _commit.Confirm(End));
        FlushEnd();
        BeginFrame();
    }

    /// <summary>
    /// The size of a segment with so much room in its first frame. What the usual size cannot hold takes half of its own.
    /// </summary>
    private int SizeFor(int room)
    {
        var needed = (long)room + JournalFormat.SegmentHeaderBytes + JournalFormat.FrameHeaderBytes + JournalFormat.FooterBytes;
        return needed <= _supply.SegmentSize ? _supply.SegmentSize : (int)Math.Min(2 * needed, JournalFormat.MaxSegmentBytes);
    }

    /// <summary>The header is durable before the name is, and the name before the first frame: a segment never has half a head.</summary>
    private void StartSegment(uint id, long now, IDiskFile file)
    {
        FailOnError(() =>
        {
            var capacity = checked((int)file.Length);
            if (_image.Length < capacity) Array.Resize(ref _image, capacity);
            Frame.Use(_image);
            Span<byte> header = stackalloc byte[JournalFormat.SegmentHeaderBytes];
            new SegmentHeader(JournalFormat.Major, JournalFormat.Minor, id, _store, NextLsn, now, (uint)_shard + 1).Write(header);
            file.Write(0, header);
            file.Sync();
            var segment = new Segment(id, NextLsn, capacity, file) { Used = JournalFormat.SegmentHeaderBytes };
            _disk.Rename(JournalFormat.NextSegment, segment.Name);
            _supply.MarkPlaced();
            _disk.SyncDirectory();
            _segments.Add(segment);
            _live.AddSegment(id);
            _commit.AddSegment(segment, header);
        });
        TotalBytes += JournalFormat.SegmentHeaderBytes;
    }

    private ReadOnlySpan<byte> RecordInImage(uint offset)
    {
        var length = BinaryPrimitives.ReadInt32LittleEndian(_image.AsSpan((int)offset));
        return _image.AsSpan((int)offset + JournalFormat.RecordPrefixBytes, length);
    }

    private void FailOnError(Action work)
    {
        try
        {
            work();
        }
        catch (DiskRefusedException)
        {
            throw;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
            _failure = failure;
            throw new JournalFailedException(
                $"The journal could not be written, so that nothing more will be accepted until it is opened anew: {failure.Message}",
                failure);
        }
    }

    private void ThrowIfFailed()
    {
        if (_failure is not null) throw new JournalFailedException("The journal failed earlier.", _failure);
    }
}
