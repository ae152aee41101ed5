using Stork.Queues.Journal;
using Stork.Queues.Snapshots;

namespace Stork.Queues.Shards;

/// <summary>
/// Makes snapshots, a little in each turn: one begins when there is enough log since the last one, the core writes some of its state at a
/// time, and another thread brings it to the disk. What goes wrong for want of room costs the snapshot and nothing else.
/// </summary>
/// <param name="disk">The folder of the shard.</param>
/// <param name="options">When to make one.</param>
/// <param name="core">What it is of.</param>
/// <param name="journal">What it shortens.</param>
/// <param name="pipeline">Makes the log durable that it relies on.</param>
/// <param name="useless">Snapshots that go when there is a new one.</param>
/// <param name="wake">Called by the writing thread when it has room again or is done.</param>
internal sealed class ShardSnapshots(
    IDisk disk, ShardOptions options, ShardCore core, JournalLog journal, SyncPipeline pipeline, IEnumerable<string> useless, Action wake)
{
    /// <summary>At a clean stop a snapshot is worth its while after this part of the log that otherwise makes one.</summary>
    private const int StopShare = 256;

    private readonly List<string> _useless = [.. useless];
    private SnapshotWriter? _writer;
    private SnapshotCapture? _capture;
    private long _lastAt;

    /// <summary>How many were completed in this run.</summary>
    public int Completed { get; private set; }

    /// <summary>Whether the one that is under way can go on.</summary>
    public bool WantsTurn =>
        _writer is { } writer && ((_capture is not null && !writer.IsBusy) || writer.IsDone || writer.Failure is not null);

    /// <summary>Begins, continues or ends one.</summary>
    public void Step(long monotonic)
    {
        try
        {
            if (_writer is null && options.SnapshotBytes > 0 && journal.Passed - _lastAt >= options.SnapshotBytes)
                Begin(monotonic, options.Background);
            if (_writer is not { } writer) return;
            if (writer.Failure is { } failure) throw failure;
            if (_capture is not null && !writer.IsBusy && _capture.Continue(options.SnapshotEntriesPerTurn))
            {
                _capture = null;
                writer.Finish();
            }

            if (writer.IsDone) Complete();
        }
        catch (DiskRefusedException)
        {
            Abandon();
        }
        catch (IOException failure) when (failure is not JournalFailedException)
        {
            throw Distrust(failure);
        }
    }

    /// <summary>At a clean stop: one for the next start, if there is enough log to be worth it.</summary>
    public void WriteLast()
    {
        if (_writer is not null) Abandon();
        if (options.SnapshotBytes == 0 || journal.Passed - _lastAt < options.SnapshotBytes / StopShare) return;
        try
        {
            Begin(0, background: false);
            _capture!.Continue(int.MaxValue);
            _capture = null;
            _writer!.Finish();
            Complete();
        }
        catch (DiskRefusedException)
        {
            Abandon();
        }
        catch (IOException failure) when (failure is not JournalFailedException)
        {
            throw Distrust(failure);
        }
    }

    /// <summary>Waits for the writing thread, and lets go of its file.</summary>
    public void Close() => _writer?.Close();

    private void Begin(long monotonic, bool background)
    {
        // What the snapshot says must be in the log whatever happens.
        pipeline.Commit(monotonic, must: true);
        pipeline.ReleaseDurableResults();
        var (segment, offset) = journal.Position;
        _lastAt = journal.Passed;
        var header = new SnapshotHeader(options.Store, segment, offset, journal.NextLsn, journal.LastWallClock);
        _writer = new SnapshotWriter(disk, header, _useless, background, wake);
        _capture = new SnapshotCapture(core.State, journal.Segments, _writer);
    }

    private void Complete()
    {
        _writer!.Close();
        _writer = null;
        _useless.Clear();
        Completed++;
    }

    /// <summary>Without room for it the log must do; the next try comes when there is more log.</summary>
    private void Abandon()
    {
        _capture?.End();
        _capture = null;
        _writer?.Close();
        _writer = null;
        try
        {
            if (disk.Exists(SnapshotFormat.Draft)) disk.Delete(SnapshotFormat.Draft);
        }
        catch (DiskRefusedException)
        {
            // The next snapshot, or the next start, deletes it.
        }
    }

    private static JournalFailedException Distrust(IOException failure) =>
        new("A snapshot could not be written: the disk is not to be trusted any more.", failure);
}
