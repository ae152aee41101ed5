using System.Diagnostics;
using Stork.Queues.Journal;
using Stork.Queues.Rules;

namespace Stork.Queues.Shards;

/// <summary>
/// A state machine with its log. Commands may come from any thread; <see cref="RunTurn"/> is called by one. A turn takes what has come,
/// lets the core emit records, writes them as one frame, has it committed if one of them asks for that, and only then tells anybody
/// anything: group commit without waiting, because what comes meanwhile is the next group.
/// <code>
///            command, timer                            nobody waits for durability
///  ┌──────┐ ──────────────► ┌──────────┐   ┌─────────┐ ────────────────────────────► ┌───────────┐
///  │ rest │                 │ building │ ─►│ writing │   ┌────────────┐              │ releasing │ ─► rest, or the next turn
///  └──────┘ ◄─────────────┐ └──────────┘   └────┬────┘ ─►│ committing │ ───────────► └───────────┘
///      ▲                  │       ▲             │        └─────┬──────┘  durable
///      │ 1 s later        │       │ much waits: the next turn builds and writes while the worker commits
///      │                  │       └─────────────│──────────────┤
///  ┌───┴──────────────┐   │                     │              │
///  │ disk is full     │ ◄─│─────────────────────┘ refused      │ failed, or refused for good
///  │ (frame is kept)  │   │                                    ▼
///  └──────────────────┘   └── closed ◄── poisoned: all that ran or waits is failed, nothing is taken any more
/// </code>
/// Invariants: a frame is built once, and written again until the disk takes it; nothing is told before it is as durable as its records
/// demand; after the first failure of the log nothing is told but failures.
/// </summary>
[DebuggerDisplay("shard {_options.Shard}: {_inbox.Waiting} commands wait, {Journal}, failed: {Failure != null}")]
internal sealed class Shard : IDisposable
{
    /// <summary>A frame takes no more commands beyond this size; deliveries may add as much again.</summary>
    private const int FrameBytes = 1 << 20;

    private const int CommandsPerTurn = 4096;
    private const int UsualRoom = 96 * 1024;
    private const int ReclaimBytesPerTurn = 256 * 1024;

    /// <summary>Bytes of the oldest segment that are gone through for each new byte; the space on disk depends on it.</summary>
    private const int ReclaimShare = 6;

    private const long SpaceCheckInterval = 1000;

    /// <summary>The part of a segment that several messages stored together may take.</summary>
    private const int BatchShare = 4;

    private readonly ShardOptions _options;
    private readonly ICommit _commit;
    private readonly CommandInbox _inbox;
    private readonly SyncPipeline _pipeline;
    private readonly ShardSnapshots _snapshots;
    private readonly StoreClock _clock = new();
    private readonly StallClock _stalls;
    private readonly ProgressWatch _watch = new();
    private readonly int _maxBatchBytes;
    private readonly List<(Command Command, QueueException Reason)> _refused = [];
    private bool _takenBack;
    private bool _isUnwritten;
    private long _spaceCheckAt;
    private long _growAt;
    private long _done;
    private int _pins;

    private Shard(IDisk disk, ShardOptions options, ICommit commit, ShardRecovery recovery, ShardCore core, JournalLog journal)
    {
        (Disk, _options, _commit, Core, Journal) = (disk, options, commit, core, journal);
        StartedFrom = recovery.StartedFrom;
        SnapshotIgnored = recovery.SnapshotIgnored;
        _maxBatchBytes = options.SegmentSize / BatchShare;
        _stalls = new StallClock(options.StallTolerance);
        _inbox = new CommandInbox(options.MaxPendingBytes, options.OverlapBytes, WakeUp);
        _pipeline = new SyncPipeline(journal, core, _inbox, _stalls, options, WakeUp);
        _snapshots = new ShardSnapshots(disk, options, core, journal, _pipeline, recovery.UselessSnapshots, WakeUp);
    }

    public IDisk Disk { get; }

    public ShardCore Core { get; }

    public JournalLog Journal { get; }

    /// <summary>Called by any thread when there is something to do; set by who calls <see cref="RunTurn"/>.</summary>
    public Action? Wake { get; set; }

    /// <summary>Why the shard takes nothing any more.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>Why producers are refused; null: they are not.</summary>
    public string? Refusal => Core.Admission.ProducerRefusal;

    public bool ClockSuspect { get; private set; }

    /// <summary>Nothing said how far its log reached when it was opened, although something was to say it.</summary>
    public bool EndWasUnknown => _commit.EndWasUnknown;

    /// <summary>The snapshot that this run started from; null: it read the log from its beginning.</summary>
    public string? StartedFrom { get; }

    /// <summary>Why the newest snapshot that could not be used could not; null: there was none such.</summary>
    public string? SnapshotIgnored { get; }

    /// <summary>Snapshots completed in this run.</summary>
    public int Snapshots => _snapshots.Completed;

    /// <summary>Bytes of the commands that wait.</summary>
    public long PendingBytes => _inbox.PendingBytes;

    /// <summary>How many commands have not run. Asked by the thread that calls <see cref="RunTurn"/>.</summary>
    public int Waiting => _inbox.Waiting;

    public Guid Store => _options.Store;

    /// <summary>Whether its turns get nothing done although there is something to do.</summary>
    public bool IsStuck => _watch.IsStuck;

    /// <summary>Grows with everything that gets done. Asked by the thread that calls <see cref="RunTurn"/>.</summary>
    public long Done => _done + Core.Steps + Snapshots;

    /// <summary>
    /// Whether there is something to do, other than to wait for the disk to take it. Asked by the thread that calls <see cref="RunTurn"/>.
    /// </summary>
    public bool IsBehind =>
        Failure is null && !_stalls.IsDiskFull && (_pipeline.IsRunning || _pipeline.HasUnreleased || Core.HasDirty || Waiting > 0);

    private bool IsPinned => Volatile.Read(ref _pins) > 0;

    /// <summary>Reads the journal back. What goes wrong here leaves the files as they are.</summary>
    /// <param name="disk">The folder of the shard. The shard's from now on.</param>
    /// <param name="options">What it needs to know.</param>
    /// <param name="commit">What makes its log durable. The shard's from now on.</param>
    /// <param name="wall">The time of day, Unix milliseconds.</param>
    /// <param name="monotonic">Milliseconds that only go on.</param>
    /// <param name="slept">Milliseconds that the machine slept, which are not in <paramref name="monotonic"/>.</param>
    public static Shard Open(IDisk disk, ShardOptions options, ICommit commit, long wall, long monotonic, long slept = 0)
    {
        var recovery = new ShardRecovery(disk, options, commit);
        var (core, journal) = recovery.Run(wall);
        var shard = new Shard(disk, options, commit, recovery, core, journal);
        try
        {
            shard.Begin(wall, monotonic, slept);
            return shard;
        }
        catch
        {
            // Who opens it keeps the disk and the commit then.
            shard._pipeline.Dispose();
            journal.Dispose();
            throw;
        }
    }

    /// <summary>Whatever else may wait, the command comes next.</summary>
    public void Submit(Command command) => _inbox.Submit(command);

    /// <summary>Submits an acknowledgement for whose outcome nobody waits.</summary>
    public void Acknowledge(in AckBatch.Ack ack) => _inbox.Acknowledge(ack);

    /// <summary>Submits a producer's command: at once unless very much is waiting, and always in the order of the calls.</summary>
    public ValueTask SubmitAsync(Command command, CancellationToken cancellationToken) => _inbox.SubmitAsync(command, cancellationToken);

    /// <summary>
    /// Does what there is to do. Returns milliseconds until there is something again; 0: at once; null: only if a command comes.
    /// </summary>
    /// <param name="wall">The time of day, Unix milliseconds.</param>
    /// <param name="monotonic">Milliseconds that only go on.</param>
    /// <param name="slept">Milliseconds that the machine slept, which are not in <paramref name="monotonic"/>.</param>
    public long? RunTurn(long wall, long monotonic, long slept = 0)
    {
        if (Failure is not null)
        {
            _inbox.FailAll(Failure);
            return null;
        }

        try
        {
            var now = ObserveClock(wall, monotonic, slept);
            if (!_pipeline.BeginTurn(monotonic)) return null;
            if (!_isUnwritten) BuildFrame(now, monotonic, wall);
            WriteFrame(now, monotonic);
            CommitFrame(monotonic);
        }
        catch (DiskRefusedException refusal)
        {
            return WaitForRoom(refusal, monotonic);
        }
        catch (Exception failure)
        {
            Poison(failure);
            return null;
        }

        _pipeline.ReleaseDurableResults();
        ReleaseRefused();
        try
        {
            _snapshots.Step(monotonic);
            return EndTurn(monotonic);
        }
#pragma warning disable CA1031 // Whatever goes wrong with the disk, nothing that follows could be believed.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            Poison(failure);
            return null;
        }
    }

    /// <summary>From now on every command is refused; what came before is still to be run.</summary>
    public void CloseInbox() => _inbox.Close(Closed());

    /// <summary>Ends a clean run: everything is synced and said to be.</summary>
    public void Close()
    {
        if (Failure is null && !_isUnwritten)
        {
            try
            {
                CloseJournal();
            }
            catch (DiskRefusedException)
            {
                // What was told is synced; the rest of it only shortens the next start.
            }
            catch (IOException failure)
            {
                Failure = failure;
            }
        }

        // They ran, and the disk took nothing of it before the end.
        _pipeline.FailResults(
            new QueueException(
                QueueErrorCode.StoreFailed, "The store was closed before the disk had room; what was under way has an unknown outcome."));
        _inbox.FailAll(Closed());
        Core.Subscribing.CloseAll(Failure);
    }

    public void Dispose()
    {
        _pipeline.Dispose();
        _snapshots.Close();
        Journal.Dispose();
        _commit.Dispose();
        Disk.Dispose();
    }

    /// <summary>A point of the log with everything before it durable. Nothing of it is reclaimed until <see cref="Unpin"/>.</summary>
    public Task<BackupPoint> PinAsync()
    {
        var command = new BackupCommand(this);
        Submit(command);
        return command.Task;
    }

    /// <summary>Ends what <see cref="PinAsync"/> began. From any thread.</summary>
    public void Unpin()
    {
        Interlocked.Decrement(ref _pins);
        WakeUp();
    }

    /// <summary>The log as it is now, all of it synced.</summary>
    internal BackupPoint Pin()
    {
        Interlocked.Increment(ref _pins);
        var segments = new SegmentMark[Journal.Segments.Count];
        for (var i = 0; i < segments.Length; i++)
        {
            // A file that was cut off behind its last frame may have grown by its footer since.
            var segment = Journal.Segments[i];
            segments[i] = new SegmentMark(segment.Id, Math.Max(segment.Capacity, segment.Used), segment.Used);
        }

        return new BackupPoint(_options.Store, _options.Shard, segments, Journal.NextLsn, Journal.LastWallClock, Closed: false);
    }

    private static QueueException Closed() => new(QueueErrorCode.Closed, "The store is closed.");

    private void WakeUp() => Wake?.Invoke();

    private void Begin(long wall, long monotonic, long slept)
    {
        _clock.Start(Journal.LastWallClock, Core.State.Wall.Shift, wall, monotonic + slept);
        if (_options.KeepReserve) Journal.Supply.TryMakeReserve();
        _spaceCheckAt = monotonic;
        CheckSpace(monotonic);
        if (Journal.SyncedLsn > 1) _pipeline.StartMarkTimer(monotonic);
    }

    private long ObserveClock(long wall, long monotonic, long slept)
    {
        var now = _clock.Observe(wall, monotonic + slept);
        ClockSuspect = _clock.Suspect;
        _stalls.BeginTurn(monotonic);
        return now;
    }

    /// <summary>
    /// What the frame gets, in this order: what the last run left out at consumers comes back, what the clock ends, commands, deliveries,
    /// and copies of what reclaim still wants of the oldest segment.
    /// </summary>
    private void BuildFrame(long now, long monotonic, long wall)
    {
        MakeRoom(now, monotonic);
        Core.BeginTurn(now, monotonic - _stalls.Total, wall);
        Core.RecordShift(_clock.Shift);
        if (_options.KeepReserve && !Journal.Supply.HasReserve) Core.Admission.ProducerRefusal ??= Space.ReserveGone;
        CheckSpace(monotonic);
        if (!_takenBack) _takenBack = Core.TakeBack();
        Core.RunTimers();
        RunCommands();
        Core.Pump(Journal.Frame.BodyBytes + FrameBytes);
        if (Core.Reclaiming.IsWanted && !Core.Reclaiming.IsDone && !IsPinned)
            Core.Reclaiming.Reclaim(Math.Max(ReclaimBytesPerTurn, ReclaimShare * Journal.Frame.BodyBytes));
    }

    /// <summary>
    /// Begins a new segment if this one cannot take what usually comes, or what the last turn had no room for. Whatever the options say,
    /// what is stored must find room: a file is made as large as that needs.
    /// </summary>
    private void MakeRoom(long now, long monotonic)
    {
        var least = Core.Emitter.Wanted > 0 ? _maxBatchBytes : Math.Min(UsualRoom, _maxBatchBytes);
        var wanted = monotonic >= _growAt ? Math.Max(least, Core.Emitter.Wanted) : least;
        // A new segment begins with one.
        wanted = Math.Min(wanted, int.MaxValue - RoomNeeds.Clock) + RoomNeeds.Clock;
        if (Journal.Frame.Room < wanted) _pipeline.WaitForCommit(monotonic);
        try
        {
            Journal.EnsureRoom(wanted, now);
        }
        catch (DiskRefusedException) when (!Journal.IsRotating && Journal.Frame.Room >= least)
        {
            // What needs a larger file waits for the disk, or is refused if it is a producer's; all else goes on with the room there is.
            _growAt = monotonic + SpaceCheckInterval;
            if (_inbox.Next is { IsProducer: true }) throw;
        }
    }

    private void RunCommands()
    {
        _inbox.TakePending();
        for (var count = 0; count < CommandsPerTurn && Journal.Frame.BodyBytes < FrameBytes && _inbox.Next is { } command; count++)
        {
            try
            {
                var room = command.Room(Core);
                if (room > _maxBatchBytes && command.RefuseRoom(Core, room, _maxBatchBytes) is { } tooLarge) throw tooLarge;
                if (!Core.Emitter.Fits(room)) return;
                command.Run(Core);
                if (!command.IsDone) return;
                if (command.IsAwaited) _pipeline.Current.AddCommand(command);
            }
            catch (QueueException refusal)
            {
                _refused.Add((command, refusal));
            }

            _inbox.MoveNext();
            _done++;
        }
    }

    /// <summary>
    /// Hands the frame to the operating system. Should the disk refuse it, the next turn writes the same bytes and builds nothing.
    /// </summary>
    private void WriteFrame(long now, long monotonic)
    {
        if (!Journal.Frame.IsEmpty)
        {
            _isUnwritten = true;
            Journal.Write(now);
            _isUnwritten = false;
            _done++;
            _pipeline.OnFrameWritten(monotonic);
        }
        else if (_pipeline.TryTakeMark(monotonic))
        {
            WriteMark(now);
        }
    }

    private void CommitFrame(long monotonic)
    {
        var isAwaited = Core.Emitter.Need == SyncClass.Fsync && _options.Durability == Durability.Fsync;
        _pipeline.QueueResults(mustBeDurable: isAwaited || Core.SyncNow);
        _pipeline.CommitIfDue(isAwaited, must: Core.SyncNow || Core.Reclaiming.IsDone, monotonic);
        if (Core.Reclaiming.IsDone && !IsPinned) Core.Reclaiming.Finish();
    }

    /// <summary>The disk takes nothing now: producers learn it at once, everything else waits.</summary>
    private long WaitForRoom(DiskRefusedException refusal, long monotonic)
    {
        Core.Admission.ProducerRefusal = $"No messages are accepted until the disk takes them again: {refusal.Message}";
        var reason = new QueueException(QueueErrorCode.StoreFull, Core.Admission.ProducerRefusal);
        var producers = new List<Command>();
        _inbox.RemoveProducers(producers);
        foreach (var producer in producers) _refused.Add((producer, reason));
        _pipeline.ReleaseDurableResults();
        ReleaseRefused();
        _stalls.BeginFullDisk(monotonic);
        return SpaceCheckInterval;
    }

    private void ReleaseRefused()
    {
        foreach (var (command, reason) in _refused) command.Fail(reason);
        _refused.Clear();
    }

    /// <summary>How long the shard may rest.</summary>
    private long? EndTurn(long monotonic)
    {
        var wait = FindWait(monotonic);
        if (!_pipeline.IsRunning) wait = _watch.Check(wait, Done, _growAt - monotonic);
        if (wait > _options.StallTolerance && Core.HasLeases) wait = _options.StallTolerance;
        // How long a running commit takes is counted when it ends.
        _stalls.ExpectTurn(_pipeline.IsRunning ? null : monotonic + wait);
        return wait;
    }

    private long? FindWait(long monotonic)
    {
        if (_pipeline.IsRunning) return _pipeline.MayOverlap(monotonic) ? 0 : null;
        if (Core.HasDirty || (Core.Reclaiming.IsWanted && !IsPinned) || !_takenBack || Waiting > 0 || _snapshots.WantsTurn) return 0;
        var wait = Core.NextTimer();
        if (_pipeline.NextDeadline is { } deadline) wait = Math.Min(wait ?? long.MaxValue, Math.Max(0, deadline - monotonic));
        if (Core.Admission.ProducerRefusal is not null) wait = Math.Min(wait ?? long.MaxValue, Math.Max(0, _spaceCheckAt - monotonic));
        return wait;
    }

    private void CheckSpace(long monotonic)
    {
        if (monotonic < _spaceCheckAt || !_options.KeepReserve) return;
        _spaceCheckAt = monotonic + SpaceCheckInterval;
        Core.Admission.ProducerRefusal = Space.FindRefusal(Disk, Journal.Supply, _options.MinFreeBytes);
    }

    private void CloseJournal()
    {
        _pipeline.Commit(monotonic: 0, must: true);
        _pipeline.ReleaseDurableResults();
        if (!Journal.IsRotating && Journal.Frame.Room >= JournalFormat.RecordPrefixBytes + 1)
        {
            WriteMark(Math.Max(_clock.Now, Journal.LastWallClock));
            Journal.Commit();
        }

        _snapshots.WriteLast();
        Journal.FlushEnd();
    }

    private void WriteMark(long now)
    {
        Journal.Frame.Begin(RecordKind.Mark);
        Journal.Frame.End();
        Journal.Write(now);
    }

    private void Poison(Exception failure)
    {
        Failure = failure;
        var reason = new QueueException(
            QueueErrorCode.StoreFailed,
            "The store failed; what was under way has an unknown outcome: " + ExceptionText.MessageOf(failure),
            failure);
        _pipeline.FailResults(reason);
        ReleaseRefused();
        _inbox.FailAll(reason);
        Core.Subscribing.CloseAll(reason);
    }
}
