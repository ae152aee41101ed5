namespace Stork.Queues.Journal;

/// <summary>
/// Makes files that are written already: zeros mean that a sync later has no metadata to write and that a write can hardly run out of
/// space. One file is made ahead in the background; another is the reserve, which becomes a segment when the disk is full. The file of a
/// segment that is done with is kept and used again as it is, for its frames say that they are another segment's.
/// </summary>
internal sealed class SegmentSupply(IDisk disk, int segmentSize, bool background) : IDisposable
{
    private const int ZeroBlock = 1 << 20;

    /// <summary>With less room than so many segments, a file that is done with is deleted.</summary>
    private const int RoomToKeepSpare = 4;

    /// <summary>The spare is taken by who makes the next file and by who makes the reserve.</summary>
    private readonly Lock _spare = new();

    private Task<IDiskFile>? _ahead;

    /// <summary>A file was taken and still has its draft name: making another one now would be making the same one again.</summary>
    private bool _taken;

    public int SegmentSize { get; } = segmentSize;

    /// <summary>False once the reserve had to be used: producers must wait until there is room for a new one.</summary>
    public bool HasReserve { get; private set; }

    /// <summary>Starts making the next file, unless that is under way.</summary>
    public void PrepareAhead()
    {
        if (background && !_taken) _ahead ??= Task.Run(MakeNext);
    }

    /// <summary>Why the reserve could not be made the last time; null: it was never refused.</summary>
    public string? ReserveRefusal { get; private set; }

    /// <param name="size">Bytes that it must have at least: <see cref="SegmentSize"/>, or more for what does not fit that.</param>
    /// <exception cref="DiskRefusedException">No room, and the reserve is used up, or too small; or not just now.</exception>
    public IDiskFile Take(int size)
    {
        var ahead = _ahead;
        _ahead = null;
        try
        {
            var file = ahead is null ? null : TakeAhead(ahead);
            if (file?.Length < size)
            {
                file.Dispose();
                file = null;
            }

            file ??= Make(JournalFormat.NextSegment, size);
            _taken = true;
            return file;
        }
        catch (DiskFullException) when (size <= SegmentSize && disk.Exists(JournalFormat.Reserve))
        {
            HasReserve = false;
            disk.Delete(JournalFormat.NextSegment);
            disk.Rename(JournalFormat.Reserve, JournalFormat.NextSegment);
            _taken = true;
            return disk.Open(JournalFormat.NextSegment);
        }
    }

    /// <summary>The file that was taken has its own name now.</summary>
    public void MarkPlaced() => _taken = false;

    /// <summary>
    /// Keeps the file of a segment that nobody will read again. Its new name is durable before anything in it changes: a power cut must not
    /// bring the segment back without its records. False: it is not wanted.
    /// </summary>
    public bool TryRecycle(string name)
    {
        lock (_spare)
        {
            if (disk.Exists(JournalFormat.Spare) || disk.FreeBytes < (long)RoomToKeepSpare * SegmentSize) return false;
            disk.Rename(name, JournalFormat.Spare);
            disk.SyncDirectory();
            return true;
        }
    }

    /// <summary>Gives the reserve's space back to the volume; false if there is none.</summary>
    public bool ReleaseReserve()
    {
        if (!disk.Exists(JournalFormat.Reserve)) return false;
        HasReserve = false;
        disk.Delete(JournalFormat.Reserve);
        disk.SyncDirectory();
        return true;
    }

    /// <summary>Makes the reserve if it is missing; false if there is no room for it.</summary>
    public bool TryMakeReserve()
    {
        if (HasReserve) return true;
        try
        {
            // One that was made for smaller segments is no use for these.
            if (disk.Exists(JournalFormat.Reserve) && !IsLargeEnough(JournalFormat.Reserve)) disk.Delete(JournalFormat.Reserve);
            if (!disk.Exists(JournalFormat.Reserve))
            {
                using (Make(JournalFormat.ReserveDraft, SegmentSize)) HasReserve = false;
                disk.Rename(JournalFormat.ReserveDraft, JournalFormat.Reserve);
                disk.SyncDirectory();
            }

            HasReserve = true;
        }
        catch (DiskRefusedException refusal)
        {
            ReserveRefusal = refusal.Message;
            if (disk.Exists(JournalFormat.ReserveDraft)) disk.Delete(JournalFormat.ReserveDraft);
        }

        return HasReserve;
    }

    public void Dispose()
    {
        var ahead = _ahead;
        _ahead = null;
        if (ahead is null) return;
        try
        {
            ahead.GetAwaiter().GetResult().Dispose();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // It was made ahead of need; whoever needs one next will see the error.
        }
    }

    /// <summary>The file that was made ahead; null if the system could not then, for it may be able to by now.</summary>
    private static IDiskFile? TakeAhead(Task<IDiskFile> ahead)
    {
        try
        {
            return ahead.GetAwaiter().GetResult();
        }
        catch (DiskBusyException)
        {
            return null;
        }
    }

    private IDiskFile MakeNext() => Make(JournalFormat.NextSegment, SegmentSize);

    private bool IsLargeEnough(string name)
    {
        using var file = disk.Open(name);
        return file.Length >= SegmentSize;
    }

    private IDiskFile? TakeSpare(string name, int size)
    {
        lock (_spare)
        {
            if (!disk.Exists(JournalFormat.Spare)) return null;
            disk.Rename(JournalFormat.Spare, name);
        }

        var file = disk.Open(name);
        if (file.Length == size) return file;
        file.Dispose();
        disk.Delete(name);
        return null;
    }

    private IDiskFile Make(string name, int size)
    {
        // Never a second handle on a file that is in use, whatever went wrong before: the old name goes, the old file does not change.
        if (disk.Exists(name)) disk.Delete(name);
        if (TakeSpare(name, size) is { } spare) return spare;
        var file = disk.Create(name);
        try
        {
            var zeros = new byte[Math.Min(ZeroBlock, size)];
            for (long offset = 0; offset < size; offset += zeros.Length)
                file.Write(offset, zeros.AsSpan(0, (int)Math.Min(zeros.Length, size - offset)));
            file.Sync();
            return file;
        }
        catch (IOException)
        {
            file.Dispose();
            throw;
        }
    }
}
