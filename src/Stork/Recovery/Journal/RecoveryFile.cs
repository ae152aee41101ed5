using Microsoft.Win32.SafeHandles;

namespace Stork.Recovery.Journal;

/// <summary>
/// The recovery log on disk: one file of records, written ahead. Records are collected, and handed to the operating system before the first byte of
/// output leaves that was produced behind them (<see cref="WriteOut"/>); so one write serves all that a turn has emitted, and an event a client has
/// seen survives the process. Nothing is synced until the file is closed.
/// </summary>
/// <remarks>
/// The file is rewritten from what is still wanted when it has grown: the draft is filled beside it while records go on to the old file and, in
/// memory, to a tail that follows into the draft before it takes the old one's place. A failed write ends the file and deletes it, so that a restart
/// knows nothing instead of too little; the next rewrite begins a new one.
/// Locks: <c>_writing</c> before <c>_collecting</c>; nothing else is taken under either.
/// </remarks>
internal sealed class RecoveryFile : IDisposable
{
    private const string FileName = "recovery.log";
    private const string DraftName = "recovery.new";

    /// <summary>A rewrite is due when the file has this many times the size it had after the last one, and <see cref="LeastGrowth"/> more.</summary>
    private const int GrowthFactor = 2;

    private const long LeastGrowth = 16 * 1024 * 1024;

    /// <summary>So much is collected at most before it is written, whether or not output leaves.</summary>
    private const int MaxCollected = 256 * 1024;

    private readonly string _path;
    private readonly string _draftPath;
    private readonly Action<Exception> _failed;
    private readonly Lock _writing = new();
    private readonly Lock _collecting = new();
    private RecordBuffer _collected = new();
    private RecordBuffer _spare = new();
    private RecordBuffer? _tail;
    private SafeFileHandle? _handle;
    private SafeFileHandle? _draft;
    private long _length;
    private long _draftLength;
    private long _rewrittenLength;
    private long _appended;
    private long _written;

    /// <param name="directory">Where the file is; created if need be, and this process's alone.</param>
    /// <param name="failed">Told when writing has failed.</param>
    public RecoveryFile(string directory, Action<Exception> failed)
    {
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(directory);
        else Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        _path = Path.Combine(directory, FileName);
        _draftPath = Path.Combine(directory, DraftName);
        _failed = failed;
    }

    /// <summary>Whether records are being written; not before the first rewrite, and not after a failure.</summary>
    public bool IsOpen => Volatile.Read(ref _handle) is not null;

    public bool IsRewriteDue => !IsOpen || Volatile.Read(ref _length) > (GrowthFactor * Volatile.Read(ref _rewrittenLength)) + LeastGrowth;

    /// <summary>What an earlier process left; empty if nothing.</summary>
    public byte[] ReadAll() => File.Exists(_path) ? File.ReadAllBytes(_path) : [];

    /// <summary>
    /// Takes back, durably, that the file was closed. The name of the one that takes its place may not survive a power cut, and then this one must not say
    /// that nothing came after it.
    /// </summary>
    /// <param name="length">The file's length without the record that closes it.</param>
    public void Reopen(long length)
    {
        using var handle = File.OpenHandle(_path, FileMode.Open, FileAccess.ReadWrite, FileShare.Read | FileShare.Delete);
        RandomAccess.SetLength(handle, length);
        RandomAccess.FlushToDisk(handle);
    }

    /// <summary>Adds records behind all earlier ones. Callers see to the order.</summary>
    public void Append(ReadOnlySpan<byte> records)
    {
        bool isMuch;
        lock (_collecting)
        {
            _tail?.Append(records);
            if (!IsOpen) return;
            _collected.Append(records);
            Volatile.Write(ref _appended, _appended + records.Length);
            isMuch = _collected.Length > MaxCollected;
        }

        if (isMuch) WriteOut();
    }

    /// <summary>Returns when everything that was added before the call is the operating system's, which is at once if it is already.</summary>
    public void WriteOut()
    {
        if (Volatile.Read(ref _written) >= Volatile.Read(ref _appended)) return;
        lock (_writing) WriteCollected();
    }

    /// <summary>Begins a rewrite: from now on records also go to the tail. The caller then writes all that is wanted with <see cref="WriteDraft"/>.</summary>
    public void BeginRewrite()
    {
        lock (_collecting) _tail = new RecordBuffer();
        _draft = CreateDraft();
        _draftLength = 0;
    }

    public void WriteDraft(ReadOnlySpan<byte> records)
    {
        RandomAccess.Write(_draft!, records, _draftLength);
        _draftLength += records.Length;
    }

    /// <summary>Puts the draft, with what has come since, in the place of the file.</summary>
    public void EndRewrite()
    {
        lock (_writing)
        {
            lock (_collecting)
            {
                WriteDraft(_tail!.Written.Span);
                File.Move(_draftPath, _path, overwrite: true);
                _handle?.Dispose();
                Volatile.Write(ref _handle, _draft);
                _collected.Clear();
                (_tail, _draft) = (null, null);
                Volatile.Write(ref _length, _draftLength);
                Volatile.Write(ref _rewrittenLength, _draftLength);
                Volatile.Write(ref _written, _appended);
            }
        }
    }

    /// <summary>A rewrite that did not come to its end; the file goes on as it is.</summary>
    public void AbandonRewrite()
    {
        lock (_collecting) _tail = null;
        _draft?.Dispose();
        _draft = null;
        TryDelete(_draftPath);
    }

    /// <summary>Deletes the file, so that nobody recovers from it.</summary>
    public void Discard()
    {
        lock (_writing)
        {
            lock (_collecting) Drop();
        }
    }

    /// <summary>Ends the file in order: the last record is written, and everything is on the disk.</summary>
    public void Close(ReadOnlySpan<byte> lastRecord)
    {
        Append(lastRecord);
        WriteOut();
        lock (_writing)
        {
            if (_handle is { } handle) RandomAccess.FlushToDisk(handle);
            _handle?.Dispose();
            _handle = null;
        }
    }

    public void Dispose()
    {
        _draft?.Dispose();
        _handle?.Dispose();
        _handle = null;
    }

    /// <summary>A file for its owner alone. Only a stream can be told that; unbuffered, it is no more than its handle.</summary>
    private SafeFileHandle CreateDraft()
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.ReadWrite, Share = FileShare.Read | FileShare.Delete, BufferSize = 0 };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        return new FileStream(_draftPath, options).SafeFileHandle;
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
            if (_handle is { } handle && full.Length > 0)
            {
                RandomAccess.Write(handle, full.Written.Span, _length);
                Volatile.Write(ref _length, _length + full.Length);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            lock (_collecting) Drop();
            _failed(exception);
        }

        full.Clear();
        Volatile.Write(ref _written, target);
    }

    private void Drop()
    {
        // Truncated first: a full disk lets that happen, and a file that cannot be deleted must not be taken for a whole one.
        try
        {
            if (_handle is { IsInvalid: false } handle) RandomAccess.SetLength(handle, 0);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The deletion below is the other way.
        }

        _handle?.Dispose();
        Volatile.Write(ref _handle, null);
        _collected.Clear();
        TryDelete(_path);
    }

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // It stays behind, truncated.
        }
    }
}
