using System.Buffers.Binary;
using Stork.Queues.Journal;

namespace Stork.Queues.Snapshots;

/// <summary>
/// Collects items into blocks and writes them to a draft, which gets its name once everything in it is durable. With <c>background</c>
/// the disk is another thread's business; then what fails is seen by <see cref="Failure"/>.
/// </summary>
internal sealed class SnapshotWriter
{
    /// <summary>Snapshots that are kept: the newest and, should it be unreadable, the one before.</summary>
    public const int Kept = 2;

    /// <summary>Blocks that may wait for the disk before <see cref="IsBusy"/>.</summary>
    private const int MaxPending = 8;

    private readonly IDisk _disk;
    private readonly SnapshotHeader _header;
    private readonly Action? _wake;
    private readonly IReadOnlyCollection<string> _useless;
    private readonly bool _background;
    private IDiskFile? _file;
    private Task _work = Task.CompletedTask;
    private byte[] _block = new byte[SnapshotFormat.BlockHeadBytes + SnapshotFormat.BlockBytes + SnapshotFormat.BlockTailBytes];
    private int _number;
    private int _pending;
    private long _length;
    private volatile Exception? _failure;
    private volatile bool _done;

    /// <param name="disk">Where to write.</param>
    /// <param name="header">The point of the log.</param>
    /// <param name="useless">Snapshots that could not be used and go when this one is there.</param>
    /// <param name="background">Whether another thread writes.</param>
    /// <param name="wake">Called when the writer has room again or is done.</param>
    public SnapshotWriter(IDisk disk, SnapshotHeader header, IReadOnlyCollection<string> useless, bool background, Action? wake)
    {
        _disk = disk;
        _header = header;
        _useless = useless;
        _background = background;
        _wake = wake;
        Items.Use(_block);
        StartBlock();
        RunOrQueue(Create);
    }

    public FrameBuilder Items { get; } = new();

    public Exception? Failure => _failure;

    /// <summary>So many blocks wait that it is better to go on later.</summary>
    public bool IsBusy => Volatile.Read(ref _pending) > MaxPending;

    /// <summary>The snapshot is there.</summary>
    public bool IsDone => _done;

    /// <summary>Called between two items.</summary>
    public void EndItem()
    {
        if (Items.Position > SnapshotFormat.BlockFull) WriteBlock();
    }

    /// <summary>Everything is in the items: makes the snapshot durable, then visible, and removes older ones.</summary>
    public void Finish()
    {
        WriteBlock();
        RunOrQueue(Publish);
    }

    /// <summary>Waits for the disk and lets go of the file.</summary>
    public void Close()
    {
        _work.GetAwaiter().GetResult();
        _file?.Dispose();
        _file = null;
    }

    private void StartBlock()
    {
        Items.Clear();
        Items.Raw(stackalloc byte[SnapshotFormat.BlockHeadBytes]);
    }

    private void WriteBlock()
    {
        var length = Items.Position;
        if (length == SnapshotFormat.BlockHeadBytes) return;
        BinaryPrimitives.WriteInt32LittleEndian(_block, length - SnapshotFormat.BlockHeadBytes);
        BinaryPrimitives.WriteInt32LittleEndian(_block.AsSpan(4), _number++);
        var block = _block;
        var offset = SnapshotFormat.HeaderBytes + _length;
        _length += length + SnapshotFormat.BlockTailBytes;
        RunOrQueue(() =>
        {
            BinaryPrimitives.WriteUInt32LittleEndian(block.AsSpan(length), Crc32C.Of(block.AsSpan(0, length)));
            _file!.Write(offset, block.AsSpan(0, length + SnapshotFormat.BlockTailBytes));
        });
        if (_background) Items.Use(_block = new byte[block.Length]);
        StartBlock();
    }

    private void Create()
    {
        if (_disk.Exists(SnapshotFormat.Draft)) _disk.Delete(SnapshotFormat.Draft);
        _file = _disk.Create(SnapshotFormat.Draft);
        Span<byte> header = stackalloc byte[SnapshotFormat.HeaderBytes];
        _header.Write(header);
        _file.Write(0, header);
    }

    private void Publish()
    {
        var name = SnapshotFormat.NameOf(_header.NextLsn);
        _file!.Sync();
        _file.Dispose();
        _file = null;
        if (_disk.Exists(name)) _disk.Delete(name);
        _disk.Rename(SnapshotFormat.Draft, name);
        _disk.SyncDirectory();
        foreach (var useless in _useless)
            if (useless != name && _disk.Exists(useless)) _disk.Delete(useless);
        foreach (var old in SnapshotFile.Find(_disk).Skip(Kept)) _disk.Delete(old);
        _done = true;
    }

    private void RunOrQueue(Action step)
    {
        if (!_background)
        {
            step();
            return;
        }

        Interlocked.Increment(ref _pending);
        _work = _work.ContinueWith(
            _ =>
            {
                Try(step);
                Interlocked.Decrement(ref _pending);
                _wake?.Invoke();
            },
            CancellationToken.None,
            TaskContinuationOptions.None,
            TaskScheduler.Default);
    }

    private void Try(Action step)
    {
        if (_failure is not null) return;
        try
        {
            step();
        }
#pragma warning disable CA1031 // It is the shard's thread that decides what the failure means.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            _failure = failure;
        }
    }
}
