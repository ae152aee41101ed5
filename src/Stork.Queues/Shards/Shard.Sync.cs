using Stork.Queues.Core;
using Stork.Queues.Journal;
using Stork.Queues.Records;
using Stork.Shared;

namespace Stork.Queues.Shards;

/// <summary>
/// Syncs, and what waits for them. Results leave in the order of their turns, each when the log is synced as far as it demands. With much to do
/// the next turns go on while the log is synced; otherwise the thread syncs by itself, which takes less time and gives larger groups.
/// </summary>
internal sealed partial class Shard
{
    /// <summary>Turns go on during a sync until they have written so many bytes.</summary>
    private const int MaxOverlapBytes = 4 * FrameBytes;

    private readonly ISyncWorker? _syncer;
    private readonly Queue<TurnResults> _untold = new();
    private readonly Stack<TurnResults> _spareResults = new();
    private TurnResults _results = new();
    private Action? _running;
    private long _runningSince;
    private long _runningFrom;

    private bool MayOverlap(long monotonic) =>
        _closed is null && monotonic - _runningSince < _options.StallTolerance && _journal.Passed - _runningFrom < MaxOverlapBytes
        && (_core.HasDirty || IsMuchWaiting);

    /// <summary>Begins the sync that the log needs, or does it.</summary>
    /// <param name="monotonic">Now.</param>
    /// <param name="must">What follows relies on it: it has to be done on return.</param>
    private void Sync(long monotonic, bool must)
    {
        // What needs more than the running one is seen to when it ends.
        if (_running is not null && !must) return;
        WaitForSync(monotonic);
        if (!must && _syncer is not null && _closed is null && IsMuchWaiting)
        {
            BeginSync(monotonic);
            return;
        }

        _journal.Commit();
        _flushAt = null;
        _markAt = monotonic + _options.FlushInterval;
    }

    private void BeginSync(long monotonic)
    {
        if (_journal.PrepareCommit() is not { } run) return;
        (_running, _runningSince, _runningFrom) = (run, monotonic, _journal.Passed);
        _flushAt = null;
        _syncer!.Begin(run);
    }

    /// <summary>The running sync is done: begins the next one if something waits for it, then tells what waited for this one.</summary>
    private void EndSync(long monotonic)
    {
        _running = null;
        var took = monotonic - _runningSince;
        if (took > _options.StallTolerance) _stalled += took - _options.StallTolerance;
        _journal.EndCommit(_syncer!.Failure);
        if (NeedsSync) BeginSync(monotonic);
        else if (!_journal.HasUnsynced) _markAt = monotonic + _options.FlushInterval;
        Tell();
    }

    /// <summary>Whether a turn may go on although a sync was running when it began.</summary>
    private bool GoesOn(long monotonic)
    {
        if (_closed is not null) WaitForSync(monotonic);
        else if (_syncer!.IsDone) EndSync(monotonic);
        return _running is null || MayOverlap(monotonic);
    }

    private void WaitForSync(long monotonic)
    {
        while (_running is not null)
        {
            _syncer!.Wait();
            EndSync(monotonic);
        }
    }

    private bool NeedsSync
    {
        get
        {
            foreach (var results in _untold)
                if (results.NeedsLsn > _journal.SyncedLsn) return true;
            return false;
        }
    }

    /// <summary>Puts what the turn has to tell behind what others have.</summary>
    private void Keep(bool mustSync)
    {
        _results.Take(_core, mustSync ? _journal.NextLsn : 0);
        _untold.Enqueue(_results);
        _results = _spareResults.TryPop(out var spare) ? spare : new TurnResults();
    }

    private void Tell()
    {
        while (_untold.TryPeek(out var oldest) && oldest.NeedsLsn <= _journal.SyncedLsn)
        {
            _untold.Dequeue();
            oldest.Tell(this);
            _spareResults.Push(oldest);
        }
    }

    /// <summary>They ran, and nobody will know what became of them.</summary>
    private void FailRan(QueueException reason)
    {
        _core.Deliveries.Clear();
        _core.CaughtUp.Clear();
        while (_untold.TryDequeue(out var results)) results.Fail(reason);
        _results.Fail(reason);
    }
}
