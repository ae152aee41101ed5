namespace Stork.Queues.Journal;

/// <summary>
/// A frame is durable when the disk says so: a sync of the active segment. How far the log is durable is said in a file beside it, which
/// takes no sync of its own: what the end of the process leaves of it is exact, what a power cut leaves holds as well. It is written after
/// the sync that it tells of, as it must never say more than is so.
/// </summary>
/// <param name="disk">The folder of the shard.</param>
/// <param name="end">Where the end is recorded; null: nowhere. The commit's from now on.</param>
internal sealed class DiskCommit(IDisk disk, EndFile? end = null) : ICommit
{
    private bool _recordsEnd = end is not null;
    private IDiskFile? _file;
    private string _name = "";

    public bool EndWasUnknown { get; private set; }

    public JournalEnd? FindEnd()
    {
        var known = end?.Read();
        EndWasUnknown = end is not null && known is null;
        return known;
    }

    /// <summary>On a full disk, a store that has no such file yet goes without it until it is opened again.</summary>
    public void Open(in JournalEnd reached)
    {
        if (!_recordsEnd) return;
        try
        {
            end!.Begin();
        }
        catch (DiskRefusedException)
        {
            if (EndWasUnknown) _recordsEnd = false;
        }

        Confirm(reached);
        Flush();
    }

    public void AddSegment(Segment segment, ReadOnlySpan<byte> header)
    {
        // Whoever reads the files after a power cut finds the segment by its name, which is durable already.
    }

    public void AddFrame(Segment segment, int offset, ReadOnlyMemory<byte> frame)
    {
        // It is in the file; the sync of that includes it.
    }

    public void Prepare(Segment active, in JournalEnd reached) => (_file, _name) = (active.File, active.Name);

    public void Run()
    {
        _file!.Sync();

        // A deleted file can still be written and synced, but nobody will ever read it.
        if (!disk.Exists(_name))
            throw new FileNotFoundException($"The journal's file '{_name}' was deleted or moved while the store was open.");
    }

    public void Confirm(in JournalEnd reached)
    {
        if (!_recordsEnd) return;
        try
        {
            end!.Write(reached);
        }
        catch (DiskRefusedException)
        {
            // What it said before holds as well.
        }
    }

    public void Flush()
    {
        if (_recordsEnd) end!.Sync();
    }

    public void GiveUpOldest(in JournalEnd reached)
    {
        if (!_recordsEnd) return;
        end!.Write(reached);
        end.Sync();
    }

    public void Dispose() => end?.Dispose();
}
