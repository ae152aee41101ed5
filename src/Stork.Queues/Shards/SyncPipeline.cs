using Stork.Queues.Journal;
using Stork.Queues.State;

namespace Stork.Queues.Shards;

/// <summary>
/// What waits for the disk: results of turns, each until the log is durable as far as it demands, and the commits that make it so. With
/// much to do the next turns go on during a commit (the shard's thread fills frames, the worker commits those before); otherwise the thread
/// commits by itself, which takes less time and gives larger groups.
/// <code>
/// QueueResults ─► [results, needs LSN 17] [results, needs LSN 42] ... ─► ReleaseDurableResults, in this order
///                                              ▲
/// journal       ══ durable ═══ SyncedLsn ══ being committed ══ written ══ NextLsn
/// </code>
/// Invariant: results leave in the order of their turns, so one that demands nothing never overtakes one that does.
/// Only the shard's thread uses it; the worker runs nothing but the commit.
/// </summary>
internal sealed class SyncPipeline : IDisposable
{
    /// <summary>Turns go on during a commit until they have written so many bytes.</summary>
    private const int MaxOverlapBytes = 4 << 20;

    private readonly JournalLog _journal;
    private readonly ShardCore _core;
    private readonly CommandInbox _inbox;
    private readonly StallClock _stalls;
    private readonly ShardOptions _options;
    private readonly ISyncWorker? _worker;
    private readonly Queue<TurnResults> _unreleased = new();
    private readonly Stack<TurnResults> _spare = new();
    private readonly List<IDeliverySink> _delivered = [];
    private long _runningSince;
    private long _runningFrom;
    private long? _flushAt;
    private long? _markAt;

    public SyncPipeline(JournalLog journal, ShardCore core, CommandInbox inbox, StallClock stalls, ShardOptions options, Action wake)
    {
        (_journal, _core, _inbox, _stalls, _options) = (journal, core, inbox, stalls, options);
        _worker = options.SyncWorker?.Invoke(wake);
    }

    /// <summary>What the turn that is under way has to tell.</summary>
    public TurnResults Current { get; private set; } = new();

    /// <summary>A commit is under way beside the shard's thread.</summary>
    public bool IsRunning { get; private set; }

    public bool HasUnreleased => _unreleased.Count > 0;

    /// <summary>When something is to be written or committed that nobody waits for; null: nothing is.</summary>
    public long? NextDeadline => _flushAt < _markAt || _markAt is null ? _flushAt : _markAt;

    private bool NeedsCommit
    {
        get
        {
            foreach (var results in _unreleased)
                if (results.NeedsLsn > _journal.SyncedLsn) return true;
            return false;
        }
    }

    /// <summary>Whether turns may go on during the commit that is under way, and have something to do.</summary>
    public bool MayOverlap(long monotonic) =>
        !_inbox.IsClosed && monotonic - _runningSince < _options.StallTolerance && _journal.Passed - _runningFrom < MaxOverlapBytes
        && (_core.HasDirty || _inbox.IsMuchWaiting);

    /// <summary>A turn begins: ends the commit that is done.</summary>
    /// <returns>Whether the turn may go on; if not, the worker wakes the shard.</returns>
    public bool BeginTurn(long monotonic)
    {
        if (!IsRunning) return true;
        if (_inbox.IsClosed) WaitForCommit(monotonic);
        else if (_worker!.IsDone) EndCommit(monotonic);
        return !IsRunning || MayOverlap(monotonic);
    }

    /// <summary>A frame was written that is to be durable within the flush interval, whether anybody waits for it or not.</summary>
    public void OnFrameWritten(long monotonic)
    {
        _flushAt ??= monotonic + _options.FlushInterval;
        _markAt = null;
    }

    /// <summary>
    /// Whether all has been durable for a while without a frame that says so: a mark says it, so that recovery can tell a torn tail from
    /// damage. True once.
    /// </summary>
    public bool TryTakeMark(long monotonic)
    {
        if (!(_markAt <= monotonic) || _journal.HasUnsynced) return false;
        _markAt = null;
        return true;
    }

    /// <summary>Everything is durable from now on.</summary>
    public void StartMarkTimer(long monotonic) => _markAt = monotonic + _options.FlushInterval;

    /// <summary>Puts what the turn has to tell behind what others have.</summary>
    /// <param name="mustBeDurable">Whether it may only be told once all that is written is durable.</param>
    public void QueueResults(bool mustBeDurable)
    {
        Current.Collect(_core, mustBeDurable ? _journal.NextLsn : 0);
        _unreleased.Enqueue(Current);
        Current = _spare.TryPop(out var spare) ? spare : new TurnResults();
    }

    /// <summary>Commits if somebody waits for it or the flush interval is over.</summary>
    /// <param name="isAwaited">Results wait for it.</param>
    /// <param name="must">What follows relies on it: it has to be done on return.</param>
    /// <param name="monotonic">Now.</param>
    public void CommitIfDue(bool isAwaited, bool must, long monotonic)
    {
        if (must || isAwaited || _flushAt <= monotonic) Commit(monotonic, must);
    }

    /// <summary>Begins the commit that the log needs, or does it.</summary>
    /// <param name="monotonic">Now.</param>
    /// <param name="must">What follows relies on it: it has to be done on return.</param>
    public void Commit(long monotonic, bool must)
    {
        // What needs more than the one that runs is seen to when that ends.
        if (IsRunning && !must) return;
        WaitForCommit(monotonic);
        if (!must && _worker is not null && !_inbox.IsClosed && _inbox.IsMuchWaiting)
        {
            BeginCommit(monotonic);
            return;
        }

        _journal.Commit();
        _flushAt = null;
        StartMarkTimer(monotonic);
    }

    /// <summary>Returns when no commit is under way any more.</summary>
    public void WaitForCommit(long monotonic)
    {
        while (IsRunning)
        {
            _worker!.Wait();
            EndCommit(monotonic);
        }
    }

    public void ReleaseDurableResults()
    {
        while (_unreleased.TryPeek(out var oldest) && oldest.NeedsLsn <= _journal.SyncedLsn)
        {
            _unreleased.Dequeue();
            oldest.Release(_options.OnBuried, _delivered);
            _spare.Push(oldest);
        }

        // One commit ends several turns: what a consumer gets by it is handed over as a whole.
        foreach (var sink in _delivered) sink.EndTurn();
        _delivered.Clear();
    }

    /// <summary>The commands ran, and nobody will know what became of them.</summary>
    public void FailResults(QueueException reason)
    {
        _core.Notices.Clear();
        while (_unreleased.TryDequeue(out var results)) results.Fail(reason);
        Current.Fail(reason);
    }

    public void Dispose() => _worker?.Dispose();

    private void BeginCommit(long monotonic)
    {
        if (_journal.PrepareCommit() is not { } run) return;
        (IsRunning, _runningSince, _runningFrom) = (true, monotonic, _journal.Passed);
        _flushAt = null;
        _worker!.Begin(run);
    }

    /// <summary>The commit is done: begins the next one if something waits for it, then releases what waited for this one.</summary>
    private void EndCommit(long monotonic)
    {
        IsRunning = false;
        _stalls.Add(monotonic - _runningSince);
        _journal.EndCommit(_worker!.Failure);
        if (NeedsCommit) BeginCommit(monotonic);
        else if (!_journal.HasUnsynced) StartMarkTimer(monotonic);
        ReleaseDurableResults();
    }
}
