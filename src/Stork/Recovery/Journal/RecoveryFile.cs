namespace Stork.Recovery.Journal;

/// <summary>
/// The recovery log on disk: one file of records, written ahead. Records are collected, and handed to the operating system before the
/// first byte of output leaves that was produced behind them (<see cref="WriteOut"/>); so one write serves all that a batch has emitted,
/// and an event a client has seen survives the process. Nothing is synced until the file is closed.
/// </summary>
/// <remarks>
/// <para>The file is rewritten from what is still wanted when it has grown: the draft is filled beside it while records go on to the old
/// file and, in memory, to a tail that follows into the draft before it takes the old one's place. A failed write ends the file and takes
/// it away, so that a restart knows nothing instead of too little; the next rewrite begins a new one.</para>
/// <para>Invariant: a file of the name <see cref="FileName"/> that a later process believes lacks nothing. It is believed if it is of this
/// run of the machine, as then nothing can be lost of what was written, or if its last record closes it. A file that closes is synced
/// before its process ends. The process that goes on from it makes sure that it is durably gone, or a power cut might bring it back
/// (<see cref="ForgetClosed"/>). Where names cannot be synced, it is made empty durably before another file gets its name
/// (<see cref="EmptyFormer"/>). Not elsewhere: a process killed in between would leave nothing to go on from.</para>
/// <para>Locks: <c>_writing</c> before <c>_collecting</c>; nothing else is taken under either.</para>
/// </remarks>
/// <param name="disk">The directory, which is this process's alone.</param>
/// <param name="failed">Told when writing has failed.</param>
/// <param name="leastGrowth">Bytes of growth below which no rewrite is due.</param>
internal sealed class RecoveryFile(IReplacingDisk disk, Action<Exception> failed, long leastGrowth = 16 * 1024 * 1024) : IDisposable
{
    public const string FileName = "recovery.log";
    public const string DraftName = "recovery.new";

    /// <summary>A rewrite is due when the file has this many times the size it had after the last one, and the least growth more.</summary>
    private const int GrowthFactor = 2;

    /// <summary>So much is collected at most before it is written, whether or not output leaves.</summary>
    private const int MaxCollected = 256 * 1024;

    /// <summary>How often something is tried that the system refuses for the moment, where nobody can wait.</summary>
    private const int MaxTries = 3;

    private readonly Lock _writing = new();
    private readonly Lock _collecting = new();
    private RecordBuffer _collected = new();
    private RecordBuffer _spare = new();
    private RecordBuffer? _tail;
    private IDiskFile? _file;
    private IDiskFile? _draft;
    private long _length;
    private long _draftLength;
    private long _rewrittenLength;
    private long _appended;
    private long _written;

    /// <summary>There is a file that lacks something, and it could neither be emptied nor deleted.</summary>
    private bool _isStale;

    /// <summary>
    /// A power cut may bring back a file that an earlier process has closed, though the log has gone on since: until the names have been
    /// synced once by this process. Also if the one before it had left no closed file, as that one may have been killed before
    /// its own sync.
    /// </summary>
    private bool _mayClosedReturn = true;

    /// <summary>Whether records are being written; not before the first rewrite, and not after a failure.</summary>
    public bool IsOpen => Volatile.Read(ref _file) is not null;

    /// <summary>There may be a closed file that only loses its power over later processes by being made empty durably.</summary>
    private bool MustBeEmptied => _mayClosedReturn && !disk.CanSyncNames;

    public bool IsRewriteDue =>
        !IsOpen || _mayClosedReturn || Volatile.Read(ref _length) > (GrowthFactor * Volatile.Read(ref _rewrittenLength)) + leastGrowth;

    /// <summary>What an earlier process left; empty if nothing.</summary>
    public byte[] ReadAll()
    {
        if (!disk.Exists(FileName)) return [];
        using var file = disk.Open(FileName);
        if (file.Length > Array.MaxLength) throw new IOException("The journal is too large to be read.");
        var bytes = new byte[file.Length];
        return file.Read(0, bytes) == bytes.Length ? bytes : throw new IOException("The journal became shorter while it was read.");
    }

    /// <summary>Adds records behind all earlier ones. Callers see to the order.</summary>
    public void Append(ReadOnlySpan<byte> records)
    {
        bool isMuch;
        lock (_collecting)
        {
            _tail?.Append(records);
            if (_isStale) Drop();
            if (!IsOpen) return;
            _collected.Append(records);
            Volatile.Write(ref _appended, _appended + records.Length);
            isMuch = _collected.Length > MaxCollected;
        }

        if (isMuch) WriteOut();
    }

    /// <summary>
    /// Returns when everything that was added before the call is the operating system's, which is at once if it is already.
    /// </summary>
    public void WriteOut()
    {
        if (Volatile.Read(ref _written) >= Volatile.Read(ref _appended)) return;
        lock (_writing) WriteCollected();
    }

    /// <summary>
    /// Begins a rewrite: from now on records also go to the tail. The caller then writes all that is wanted with <see cref="WriteDraft"/>.
    /// </summary>
    public void BeginRewrite()
    {
        lock (_collecting) _tail = new RecordBuffer();
        if (disk.Exists(DraftName)) disk.Delete(DraftName);
        _draft = disk.Create(DraftName);
        _draftLength = 0;
    }

    public void WriteDraft(ReadOnlySpan<byte> records)
    {
        _draft!.Write(_draftLength, records);
        _draftLength += records.Length;
    }

    /// <summary>Puts the draft, with what has come since, in the place of the file.</summary>
    public void EndRewrite()
    {
        EmptyFormer();
        lock (_writing)
        {
            lock (_collecting)
            {
                WriteDraft(_tail!.Written.Span);
                disk.Replace(DraftName, FileName);
                _file?.Dispose();
                Volatile.Write(ref _file, _draft);
                _collected.Clear();
                (_tail, _draft, _isStale) = (null, null, false);
                Volatile.Write(ref _length, _draftLength);
                Volatile.Write(ref _rewrittenLength, _draftLength);
                Volatile.Write(ref _written, _appended);
            }
        }

        ForgetClosed();
    }

    /// <summary>A rewrite that did not come to its end; the file goes on as it is.</summary>
    public void AbandonRewrite()
    {
        lock (_collecting) _tail = null;
        if (_draft is null) return;
        _draft.Dispose();
        _draft = null;
        TryDelete(DraftName);
    }

    /// <summary>Takes the file away, so that nobody recovers from it.</summary>
    public void Discard()
    {
        lock (_writing)
        {
            lock (_collecting) Drop();
        }

        ForgetClosed();
    }

    /// <summary>
    /// Ends the file in order: the last record is written, and everything is on the disk. If that fails, the file is taken away.
    /// </summary>
    public void Close(ReadOnlySpan<byte> lastRecord)
    {
        Append(lastRecord);
        WriteOut();
        lock (_writing)
        {
            if (_file is null) return;
            try
            {
                _file.Sync();
                disk.SyncDirectory();
            }
            catch (IOException exception)
            {
                // Whatever a sync says that failed: what it should have made durable may be gone,
                // also from what the system shows of the file.
                _mayClosedReturn = true;
                lock (_collecting) Drop();
                failed(exception);
            }

            _file?.Dispose();
            Volatile.Write(ref _file, null);
        }
    }

    public void Dispose()
    {
        _draft?.Dispose();
        _file?.Dispose();
        Volatile.Write(ref _file, null);
        disk.Dispose();
    }

    /// <summary>
    /// Called when another file has the name, or none, and before anything happens that a closed one does not know of. If the sync fails,
    /// it is tried again with the next rewrite.
    /// </summary>
    private void ForgetClosed()
    {
        if (!_mayClosedReturn || _isStale) return;
        disk.SyncDirectory();
        _mayClosedReturn = false;
    }

    /// <summary>
    /// Whatever an earlier process has left: it may be a closed file, even where it does not look so, if that process was killed while
    /// it made it empty.
    /// </summary>
    private void EmptyFormer()
    {
        if (IsOpen || !MustBeEmptied || !disk.Exists(FileName)) return;
        using var former = disk.Open(FileName);
        Empty(former);
    }

    private void WriteCollected()
    {
        RecordBuffer full;
        long target;
        lock (_collecting)
        {
            (full, _collected, _spare) = (_collected, _spare, _collected);
            target = _appended;
        }

        try
        {
            if (_file is { } file && full.Length > 0)
            {
                file.Write(_length, full.Written.Span);
                Volatile.Write(ref _length, _length + full.Length);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            lock (_collecting) Drop();
            failed(exception);
        }

        full.Clear();
        Volatile.Write(ref _written, target);
    }

    /// <summary>Takes the file away from those who would read it. If that is not possible, every further record tries it again.</summary>
    private void Drop()
    {
        // On a disk that is full something may still be deleted, in a directory that is not to be changed something may still be written.
        var isEmpty = TryEmpty();
        // One that must be empty durably and is not keeps its name, as nobody could try that again without.
        var isDeleted = (isEmpty || !MustBeEmptied) && TryDelete(FileName);
        _file?.Dispose();
        Volatile.Write(ref _file, null);
        _collected.Clear();
        _isStale = !isEmpty && !isDeleted;
    }

    private bool TryEmpty()
    {
        try
        {
            if (_file is { } open)
            {
                Empty(open);
            }
            else if (disk.Exists(FileName))
            {
                using var left = disk.Open(FileName);
                Empty(left);
            }

            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Makes the first record a torn one, behind which nothing is read. That needs no room.</summary>
    private void Empty(IDiskFile file)
    {
        file.Write(0, [0xFF, 0xFF, 0xFF, 0xFF]);
        if (MustBeEmptied) file.Sync();
    }

    private bool TryDelete(string name)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                disk.Delete(name);
                return true;
            }
            catch (DiskRefusedException) when (tries < MaxTries)
            {
                // It passes.
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                return false;
            }
        }
    }
}
