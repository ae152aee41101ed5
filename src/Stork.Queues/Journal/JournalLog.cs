using System.Buffers.Binary;
using System.Diagnostics;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using Stork.Shared.Disk;
using Stork.Queues.Records;
using Stork.Shared;

namespace Stork.Queues.Journal;

/// <summary>
/// The append-only log of one shard. A single thread uses it: begin a frame, add records, <see cref="Write"/> it, and <see cref="Sync"/>
/// before anything in it is told to anyone who was promised durability. The first failed write or sync ends the journal's life: Linux marks
/// pages clean after a failed sync, so a second one that "succeeds" would prove nothing.
/// </summary>
internal sealed class JournalLog : IDisposable
{
    /// <summary>The next file is made when this much of the active one is used.</summary>
    private const double PrepareAheadAt = 0.5;

    private readonly IDisk _disk;
    private readonly SegmentSupply _supply;
    private readonly Guid _store;
    private readonly uint _salt;
    private readonly List<Segment> _segments = [];
    private byte[] _image = [];
    private readonly SegmentReader _reader = new();
    private readonly int _shard;
    private Exception? _failure;
    private EndFile? _end;
    private (uint Segment, int Offset) _syncedTo;

    /// <summary>The file of the segment to come, while the active one is being ended.</summary>
    private IDiskFile? _next;

    /// <param name="disk">The folder of the shard.</param>
    /// <param name="store">The store.</param>
    /// <param name="segmentSize">The usual size of a segment.</param>
    /// <param name="background">Whether files are made ahead by another thread.</param>
    /// <param name="shard">The number of the shard.</param>
    /// <param name="end">Where the end is recorded; null: nowhere.</param>
    public JournalLog(IDisk disk, Guid store, int segmentSize, bool background, int shard = 0, EndFile? end = null)
    {
        _shard = shard;
        _end = end;
        _disk = disk;
        _store = store;
        _salt = SaltOf(store);
        _supply = new SegmentSupply(disk, segmentSize, background);
    }

    public FrameBuilder Frame { get; } = new();

    public SegmentSupply Supply => _supply;

    /// <summary>Oldest first; the last one is being written.</summary>
    public IReadOnlyList<Segment> Segments => _segments;

    public ulong NextLsn { get; private set; } = 1;

    /// <summary>Every record below this number is durable.</summary>
    public ulong SyncedLsn { get; private set; } = 1;

    /// <summary>The time in the last frame header.</summary>
    public long LastWallClock { get; private set; }

    /// <summary>Where the next frame goes.</summary>
    public (uint Segment, int Offset) Position => (Active.Id, Active.Used);

    /// <summary>Bytes of frames that were replayed or written in this run.</summary>
    public long Passed { get; private set; }

    public bool HasUnsynced => SyncedLsn < NextLsn;

    public Exception? Failure => _failure;

    /// <summary>The active segment has its last frame, or is about to; <see cref="EnsureRoom"/> goes on with the next one.</summary>
    public bool IsRotating => _next is not null;

    public uint Salt => _salt;

    public long TotalBytes { get; private set; }

    public long LiveBytes { get; private set; }

    /// <summary>Nothing said where the log ends when it was opened: a store of an earlier version, or the file was lost.</summary>
    public bool EndWasUnknown { get; private set; }

    /// <summary>The syncs that were done, for meters and tests.</summary>
    public long Syncs { get; private set; }

    private Segment Active => _segments[^1];

    public static uint SaltOf(Guid store)
    {
        Span<byte> bytes = stackalloc byte[16];
        store.TryWriteBytes(bytes, bigEndian: true, out _);
        return Crc32C.Of(bytes);
    }

    /// <summary>Reads everything back and makes the journal ready to write. Safe to repeat after a crash at any point.</summary>
    public void Open(IJournalReplay replay, long now, JournalStart? start = null)
    {
        var known = _end?.Read();
        EndWasUnknown = _end is not null && known is null;
        var recovery = new JournalRecovery(_disk, _store, _shard, this, replay, start, known);
        var end = recovery.Run(ref _image);
        NextLsn = SyncedLsn = end.NextLsn;
        LastWallClock = end.WallClock;
        foreach (var segment in _segments) TotalBytes += segment.Used;
        Passed = end.Replayed;
        // A file that was cut off behind its last frame has no room for the footer: then it grows by that.
        var image = Math.Max(_supply.SegmentSize, _segments.Count > 0 ? Active.Used + JournalFormat.FooterBytes : 0);
        if (_image.Length < image) Array.Resize(ref _image, image);
        Frame.Use(_image);
        if (_segments.Count > 0)
        {
            // After the end of a process its last writes may only be in the page cache, and after a failed sync Linux takes such pages for
            // clean and would never write them. So what no frame vouches for is written once more; from here on it counts as durable.
            Guarded(() =>
            {
                Active.File.Write(end.DurableTo, _image.AsSpan(end.DurableTo, Active.Used - end.DurableTo));
                Active.File.Sync();
            });
            Guarded(_disk.SyncDirectory);
        }

        if (_segments.Count == 0) StartSegment(1, now, _supply.Take(_supply.SegmentSize));
        else if (end.Closed) StartSegment(Active.Id + 1, now, _supply.Take(_supply.SegmentSize));
        _syncedTo = Position;
        BeginEnd(known);
        Begin();
    }

    internal void AddRecovered(Segment segment) => _segments.Add(segment);

    /// <summary>Counts bytes of a segment as wanted (positive) or not any more (negative).</summary>
    public void AddLive(uint segmentId, long bytes)
    {
        // A snapshot may still name a segment that was reclaimed since; the records after it say where the message is now.
        if (segmentId < _segments[0].Id) return;
        _segments[(int)(segmentId - _segments[0].Id)].Live += bytes;
        LiveBytes += bytes;
    }

    /// <summary>Starts an empty frame behind the last one.</summary>
    public void Begin() => Frame.Reset(Active.Id, Active.Capacity, Active.Used, NextLsn);

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
        Guarded(() =>
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
        });
        NextLsn += (ulong)Frame.RecordCount;
        LastWallClock = now;
        Active.Used += bytes.Length;
        TotalBytes += bytes.Length;
        Passed += bytes.Length;
        Begin();
        if (Active.Used > Active.Capacity * PrepareAheadAt) _supply.PrepareAhead();
    }

    /// <summary>Makes everything written durable. Returns only if the disk said so.</summary>
    public void Sync()
    {
        if (PrepareSync() is not { } sync) return;
        Guarded(sync.Run);
        Note(sync);
    }

    /// <summary>A sync of everything written so far; null: there is nothing to sync. Whoever runs it ends it with <see cref="EndSync"/>, before a new segment begins.</summary>
    public JournalSync? PrepareSync()
    {
        ThrowIfFailed();
        return HasUnsynced ? new JournalSync(_disk, Active.File, JournalFormat.SegmentName(Active.Id), NextLsn, Active.Id, Active.Used) : null;
    }

    /// <summary>A sync has been run elsewhere.</summary>
    public void EndSync(JournalSync sync, Exception? failure)
    {
        ThrowIfFailed();
        if (failure is not null) Guarded(() => ExceptionDispatchInfo.Throw(failure));
        Note(sync);
    }

    /// <summary>A record from its kind on, with its checksum verified. The span is valid until the next call.</summary>
    /// <param name="segmentId">Where it is.</param>
    /// <param name="offset">Where it is in there.</param>
    /// <param name="size">How long it is with its prefix, as far as is known: so much is read at once.</param>
    /// <exception cref="InvalidDataException">The bytes on disk are not what was written.</exception>
    public ReadOnlySpan<byte> Read(uint segmentId, uint offset, int size)
    {
        var segment = _segments[(int)(segmentId - _segments[0].Id)];
        var record = segment == Active ? RecordInImage(offset) : _reader.Read(segment, offset, size);
        if (record.IsEmpty)
            throw new InvalidDataException($"The record at {JournalFormat.SegmentName(segmentId)}+{offset} fails its checksum.");
        return record;
    }

    /// <summary>Lets go of the oldest segment. What is still wanted of it must have been written anew.</summary>
    public void DropOldest()
    {
        Sync();
        var oldest = _segments[0];
        Debug.Assert(_segments.Count > 1 && oldest.Live == 0, "A segment that is still needed must not go.");
        RecordEnd(_segments[1]);
        SyncEnd();
        Guarded(() =>
        {
            var name = JournalFormat.SegmentName(oldest.Id);
            if (_supply.TryRecycle(name)) return;
            _disk.Delete(name);
            _disk.SyncDirectory();
        });
        oldest.File.Dispose();
        TotalBytes -= oldest.Used;
        _segments.RemoveAt(0);
    }

    public void Dispose()
    {
        _supply.Dispose();
        _next?.Dispose();
        foreach (var segment in _segments) segment.File.Dispose();
    }

    private void Note(JournalSync sync)
    {
        Syncs++;
        SyncedLsn = sync.Lsn;
        _syncedTo = sync.Position;
        RecordEnd();
    }

    /// <summary>
    /// Says outside the log how far it is durable, which takes no sync: what the end of the process leaves of it is exact, what a power cut leaves holds
    /// as well. Always after the sync of the log: it must never say more than is so.
    /// </summary>
    /// <param name="oldest">The oldest segment that will be needed from now on; null: the one that is there.</param>
    private void RecordEnd(Segment? oldest = null)
    {
        if (_end is null) return;
        var first = oldest ?? _segments[0];
        var end = new JournalEnd(SyncedLsn, _syncedTo.Segment, _syncedTo.Offset, first.Id, first.FirstLsn);
        Guarded(() =>
        {
            try
            {
                _end.Write(end);
            }
            catch (DiskRefusedException) when (oldest is null)
            {
                // What it said before holds as well.
            }
            catch (DiskFullException) when (_supply.ReleaseReserve())
            {
                _end.Write(end);
            }
        });
    }

    /// <summary>On a full disk, a store that has no such file yet goes without it until it is opened again.</summary>
    private void BeginEnd(JournalEnd? known)
    {
        try
        {
            Guarded(() => _end?.Begin());
        }
        catch (DiskRefusedException)
        {
            if (known is null) _end = null;
        }

        RecordEnd();
        SyncEnd();
    }

    /// <summary>Makes the recorded end durable as well.</summary>
    public void SyncEnd()
    {
        ThrowIfFailed();
        if (_end is { } end) Guarded(end.Sync);
    }

    /// <summary>Each step may be refused by the disk; the next call then goes on with it.</summary>
    private void Rotate(int room, long now)
    {
        ThrowIfFailed();
        if (_next is null)
        {
            Guarded(() => _next = _supply.Take(SizeFor(room)));
            Frame.Begin(RecordKind.Footer);
            Frame.End();
        }

        Write(now);
        Sync();
        StartSegment(Active.Id + 1, now, _next!);
        _next = null;
        _syncedTo = Position;
        RecordEnd();
        SyncEnd();
        Begin();
    }

    /// <summary>The size of a segment with so much room in its first frame. What the usual size cannot hold takes half of its own.</summary>
    private int SizeFor(int room)
    {
        var needed = (long)room + JournalFormat.SegmentHeaderBytes + JournalFormat.FrameHeaderBytes + JournalFormat.FooterBytes;
        return needed <= _supply.SegmentSize ? _supply.SegmentSize : (int)Math.Min(2 * needed, JournalFormat.MaxSegmentBytes);
    }

    /// <summary>The header is durable before the name is, and the name before the first frame: a segment never has half a head.</summary>
    private void StartSegment(uint id, long now, IDiskFile file)
    {
        Guarded(() =>
        {
            var capacity = checked((int)file.Length);
            if (_image.Length < capacity) Array.Resize(ref _image, capacity);
            Frame.Use(_image);
            Span<byte> header = stackalloc byte[JournalFormat.SegmentHeaderBytes];
            new SegmentHeader(JournalFormat.Major, JournalFormat.Minor, id, _store, NextLsn, now, (uint)_shard + 1).Write(header);
            file.Write(0, header);
            file.Sync();
            _disk.Rename(JournalFormat.NextSegment, JournalFormat.SegmentName(id));
            _supply.Placed();
            _disk.SyncDirectory();
            _segments.Add(new Segment(id, NextLsn, capacity, file) { Used = JournalFormat.SegmentHeaderBytes });
        });
        TotalBytes += JournalFormat.SegmentHeaderBytes;
    }

    private ReadOnlySpan<byte> RecordInImage(uint offset)
    {
        var length = BinaryPrimitives.ReadInt32LittleEndian(_image.AsSpan((int)offset));
        return _image.AsSpan((int)offset + JournalFormat.RecordPrefixBytes, length);
    }

    private void Guarded(Action work)
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
