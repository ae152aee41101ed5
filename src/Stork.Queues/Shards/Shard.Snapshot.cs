using Stork.Shared.Disk;
using Stork.Queues.Journal;
using Stork.Queues.Records;
using Stork.Shared;
using Stork.Queues.Snapshots;

namespace Stork.Queues.Shards;

/// <summary>Snapshots shorten the next start; they never decide anything. What does not fit together is ignored, and the log is read instead.</summary>
internal sealed partial class Shard
{
    /// <summary>At a clean stop a snapshot is worth its while after this part of the log that otherwise makes one.</summary>
    private const int StopShare = 256;

    private readonly List<string> _uselessSnapshots;
    private SnapshotWriter? _snapshot;
    private bool _capturing;
    private long _snapshotAt;

    /// <summary>The snapshot that this run started from; null: it read the log from its beginning.</summary>
    public string? StartedFrom { get; }

    /// <summary>Why the newest snapshot that could not be used could not; null: there was none such.</summary>
    public string? SnapshotIgnored { get; }

    /// <summary>Snapshots completed in this run.</summary>
    public int Snapshots { get; private set; }

    /// <summary>Begins, continues or ends a snapshot; a little in each turn.</summary>
    private void StepSnapshot(long monotonic)
    {
        try
        {
            if (_snapshot is null && _options.SnapshotBytes > 0 && _journal.Passed - _snapshotAt >= _options.SnapshotBytes) BeginSnapshot(monotonic, _options.Background);
            if (_snapshot is not { } snapshot) return;
            if (snapshot.Failure is { } failure) throw failure;
            if (_capturing && !snapshot.IsBusy && _core.ContinueSnapshot(_options.SnapshotEntriesPerTurn))
            {
                _capturing = false;
                snapshot.Finish();
            }

            if (snapshot.IsDone) EndSnapshot();
        }
        catch (DiskRefusedException)
        {
            AbandonSnapshot();
        }
        catch (IOException failure) when (failure is not JournalFailedException)
        {
            throw Distrust(failure);
        }
    }

    private bool SnapshotWantsTurn => _snapshot is { } snapshot && ((_capturing && !snapshot.IsBusy) || snapshot.IsDone || snapshot.Failure is not null);

    private void BeginSnapshot(long monotonic, bool background)
    {
        // What the snapshot says must be in the log whatever happens.
        Sync(monotonic, must: true);
        Tell();
        var (segment, offset) = _journal.Position;
        _snapshotAt = _journal.Passed;
        var header = new SnapshotHeader(_options.Store, segment, offset, _journal.NextLsn, _journal.LastWallClock);
        _snapshot = new SnapshotWriter(_disk, header, _uselessSnapshots, background, () => Wake?.Invoke());
        _capturing = true;
        _core.BeginSnapshot(_snapshot);
    }

    private void EndSnapshot()
    {
        _snapshot!.Close();
        _snapshot = null;
        _uselessSnapshots.Clear();
        Snapshots++;
    }

    /// <summary>Without room for it the log must do; the next try comes when there is more log.</summary>
    private void AbandonSnapshot()
    {
        _core.EndSnapshot();
        _capturing = false;
        _snapshot?.Close();
        _snapshot = null;
        try
        {
            if (_disk.Exists(SnapshotFormat.Draft)) _disk.Delete(SnapshotFormat.Draft);
        }
        catch (DiskRefusedException)
        {
            // The next snapshot, or the next start, deletes it.
        }
    }

    private void WriteLastSnapshot()
    {
        if (_snapshot is not null) AbandonSnapshot();
        if (_options.SnapshotBytes == 0 || _journal.Passed - _snapshotAt < _options.SnapshotBytes / StopShare) return;
        try
        {
            BeginSnapshot(0, background: false);
            _core.ContinueSnapshot(int.MaxValue);
            _snapshot!.Finish();
            EndSnapshot();
        }
        catch (DiskRefusedException)
        {
            AbandonSnapshot();
        }
        catch (IOException failure) when (failure is not JournalFailedException)
        {
            throw Distrust(failure);
        }
    }

    private static JournalFailedException Distrust(IOException failure) =>
        new("A snapshot could not be written: the disk is not to be trusted any more.", failure);
}
