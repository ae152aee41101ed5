using System.Diagnostics.CodeAnalysis;
using Stork.Queues.Core;
using Stork.Shared.Disk;
using Stork.Queues.Journal;
using Stork.Queues.Records;
using Stork.Shared;

namespace Stork.Queues.Shards;

/// <summary>
/// A core with its journal. Commands may come from any thread; <see cref="Turn"/> is called by one. A turn takes what has come, lets the core
/// emit records, writes them as one frame, has it synced if one of them asks for that, and only then tells anybody anything: group commit without
/// waiting, because what comes meanwhile is the next group.
/// </summary>
internal sealed partial class Shard : IDisposable
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

    private readonly IDisk _disk;
    private readonly ShardOptions _options;
    private readonly ICommit _commit;
    private readonly JournalLog _journal;
    private readonly ShardCore _core;
    private readonly StoreClock _clock = new();
    private readonly ProgressWatch _watch = new();
    private readonly int _maxBatchBytes;
    private readonly List<(Command Command, QueueException Reason)> _refused = [];
    private List<Command> _taken = [];
    private int _next;
    private bool _takenBack;
    private bool _unwritten;
    private long? _flushAt;
    private long? _markAt;
    private long _spaceCheckAt;
    private long? _expectedBy;
    private long? _fullSince;
    private long _growAt;
    private long _done;
    private long _stalled;

    private Shard(IDisk disk, ShardOptions options, ICommit commit, ShardRecovery recovery, ShardCore core, JournalLog journal)
    {
        _disk = disk;
        _commit = commit;
        _options = options;
        _core = core;
        _journal = journal;
        _uselessSnapshots = [.. recovery.UselessSnapshots];
        StartedFrom = recovery.StartedFrom;
        SnapshotIgnored = recovery.SnapshotIgnored;
        _maxBatchBytes = options.SegmentSize / BatchShare;
        _syncer = options.SyncWorker?.Invoke(() => Wake?.Invoke());
    }

    public ShardCore Core => _core;

    public JournalLog Journal => _journal;

    /// <summary>Milliseconds in which this process or its disk stood still; leases do not run meanwhile.</summary>
    public long Stalled => _stalled;

    public Guid Store => _options.Store;

    /// <summary>Told of each message that became a dead letter, once that is as durable as it must be.</summary>
    public Action<BuriedMessage>? OnBuried => _options.OnBuried;

    /// <summary>Whether its turns get nothing done although there is something to do.</summary>
    public bool IsStuck => _watch.IsStuck;

    /// <summary>Grows with everything that gets done. Asked by the thread that calls <see cref="Turn"/>.</summary>
    public long Done => _done + _core.Steps + Snapshots;

    /// <summary>Nothing said how far its log reached when it was opened, although something was to say it.</summary>
    public bool EndWasUnknown => _commit.EndWasUnknown;

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
            journal.Dispose();
            throw;
        }
    }

    /// <summary>Does what there is to do. Returns milliseconds until there is something again; 0: at once; null: only if a command comes.</summary>
    /// <param name="wall">The time of day, Unix milliseconds.</param>
    /// <param name="monotonic">Milliseconds that only go on.</param>
    /// <param name="slept">Milliseconds that the machine slept, which are not in <paramref name="monotonic"/>.</param>
    public long? Turn(long wall, long monotonic, long slept = 0)
    {
        if (Failure is not null)
        {
            FailPending(Failure);
            return null;
        }

        try
        {
            var now = _clock.Observe(wall, monotonic + slept);
            ClockSuspect = _clock.Suspect;
            NoteStall(monotonic);
            if (_running is not null && !GoesOn(monotonic)) return null;
            if (!_unwritten) Build(now, monotonic, wall);
            Persist(now, monotonic);
        }
        catch (DiskRefusedException refusal)
        {
            _core.ProducerRefusal = $"No messages are accepted until the disk takes them again: {refusal.Message}";
            RefusePendingProducers(_core.ProducerRefusal);
            Tell();
            ReleaseRefused();
            _fullSince = monotonic;
            return SpaceCheckInterval;
        }
        catch (Exception failure)
        {
            Poison(failure);
            return null;
        }

        Tell();
        ReleaseRefused();
        long? wait;
        try
        {
            StepSnapshot(monotonic);
            wait = Wait(monotonic);
            if (_running is null) wait = _watch.Note(wait, Done, _growAt - monotonic);
        }
#pragma warning disable CA1031 // Whatever goes wrong with the disk, nothing that follows could be believed.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            Poison(failure);
            return null;
        }

        if (wait > _options.StallTolerance && _core.HasLeases) wait = _options.StallTolerance;
        // How long a running sync takes is counted when it ends.
        _expectedBy = _running is null ? monotonic + wait : null;
        return wait;
    }

    /// <summary>Ends a clean run: everything is synced and said to be.</summary>
    public void Close()
    {
        if (Failure is null && !_unwritten)
        {
            try
            {
                Sync(monotonic: 0, must: true);
                Tell();
                if (!_journal.IsRotating && _journal.Frame.Room >= JournalFormat.RecordPrefixBytes + 1)
                {
                    _journal.Frame.Begin(RecordKind.Mark);
                    _journal.Frame.End();
                    _journal.Write(Math.Max(_clock.Now, _journal.LastWallClock));
                    _journal.Commit();
                }

                WriteLastSnapshot();
                _journal.FlushEnd();
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
        FailRan(new QueueException(QueueErrorCode.StoreFailed, "The store was closed before the disk had room; what was under way has an unknown outcome."));
        FailPending(Closed());
        _core.CloseSinks(Failure);
    }

    public void Dispose()
    {
        _syncer?.Dispose();
        _snapshot?.Close();
        _journal.Dispose();
        _commit.Dispose();
        _disk.Dispose();
    }

    private void Begin(long wall, long monotonic, long slept)
    {
        _clock.Start(_journal.LastWallClock, _core.Wall.Shift, wall, monotonic + slept);
        if (_options.KeepReserve) _journal.Supply.TryMakeReserve();
        _spaceCheckAt = monotonic;
        CheckSpace(monotonic);
        if (_journal.SyncedLsn > 1) _markAt = monotonic + _options.FlushInterval;
    }

    /// <summary>
    /// A turn that comes late means that this process or its disk stood still, or that the disk was full: not the consumers' fault, whose
    /// acknowledgements may be waiting in line. So their leases stood still too.
    /// </summary>
    private void NoteStall(long monotonic)
    {
        if (_fullSince is { } since) _stalled += monotonic - since;
        else if (_expectedBy is { } expected && monotonic - expected > _options.StallTolerance) _stalled += monotonic - expected - _options.StallTolerance;
        _fullSince = _expectedBy = null;
    }

    private void Build(long now, long monotonic, long wall)
    {
        MakeRoom(now, monotonic);
        _core.BeginTurn(now, monotonic - _stalled, wall);
        _core.NoteShift(_clock.Shift);
        if (_options.KeepReserve && !_journal.Supply.HasReserve) _core.ProducerRefusal ??= Space.ReserveGone;
        CheckSpace(monotonic);
        if (!_takenBack) _takenBack = _core.TakeBack();
        _core.RunTimers();
        RunCommands();
        _core.Pump(_journal.Frame.BodyBytes + FrameBytes);
        if (_core.ReclaimWanted && !_core.ReclaimDone && Volatile.Read(ref _pins) == 0)
            _core.Reclaim(Math.Max(ReclaimBytesPerTurn, ReclaimShare * _journal.Frame.BodyBytes));
    }

    /// <summary>
    /// Begins a new segment if this one cannot take what usually comes, or what the last turn had no room for. Whatever the options say, what is stored
    /// must find room: a file is made as large as that needs.
    /// </summary>
    private void MakeRoom(long now, long monotonic)
    {
        var least = _core.Wanted > 0 ? _maxBatchBytes : Math.Min(UsualRoom, _maxBatchBytes);
        var wanted = monotonic >= _growAt ? Math.Max(least, _core.Wanted) : least;
        // A new segment begins with one.
        wanted = Math.Min(wanted, int.MaxValue - ShardCore.ClockBytes) + ShardCore.ClockBytes;
        if (_journal.Frame.Room < wanted) WaitForSync(monotonic);
        try
        {
            _journal.EnsureRoom(wanted, now);
        }
        catch (DiskRefusedException) when (!_journal.IsRotating && _journal.Frame.Room >= least)
        {
            // What needs a larger file waits for the disk, or is refused if it is a producer's; everything else goes on with the room that is left.
            _growAt = monotonic + SpaceCheckInterval;
            if (_next < _taken.Count && _taken[_next].IsProducer) throw;
        }
    }

    private void RunCommands()
    {
        if (_next == _taken.Count) Take();
        for (var count = 0; _next < _taken.Count && count < CommandsPerTurn && _journal.Frame.BodyBytes < FrameBytes; count++)
        {
            var command = _taken[_next];
            try
            {
                var room = command.Room(_core);
                if (room > _maxBatchBytes && command.RefuseRoom(_core, room, _maxBatchBytes) is { } tooLarge) throw tooLarge;
                if (!_core.Fits(room)) return;
                command.Run(_core);
                if (command.IsAwaited) _results.Add(command);
            }
            catch (QueueException refusal)
            {
                _refused.Add((command, refusal));
            }

            _next++;
            _done++;
        }
    }

    private void Persist(long now, long monotonic)
    {
        var mustSync = _core.Need == SyncClass.Fsync && _options.Durability == Durability.Fsync;
        if (!_journal.Frame.IsEmpty)
        {
            _unwritten = true;
            _journal.Write(now);
            _unwritten = false;
            _done++;
            _flushAt ??= monotonic + _options.FlushInterval;
            _markAt = null;
        }
        else if (_markAt <= monotonic && !_journal.HasUnsynced)
        {
            _markAt = null;
            _journal.Frame.Begin(RecordKind.Mark);
            _journal.Frame.End();
            _journal.Write(now);
        }

        Keep(mustSync || _core.SyncNow);
        var must = _core.SyncNow || _core.ReclaimDone;
        if (must || mustSync || _flushAt <= monotonic) Sync(monotonic, must);
        if (_core.ReclaimDone && Volatile.Read(ref _pins) == 0) _core.FinishReclaim();
    }

    private void ReleaseRefused()
    {
        foreach (var (command, reason) in _refused) command.Fail(reason);
        _refused.Clear();
    }

    private long? Wait(long monotonic)
    {
        if (_running is not null) return MayOverlap(monotonic) ? 0 : null;
        if (_core.HasDirty || (_core.ReclaimWanted && Volatile.Read(ref _pins) == 0) || !_takenBack || Waiting > 0 || SnapshotWantsTurn) return 0;
        var wait = _core.NextTimer();
        if (_flushAt is { } flush) wait = Math.Min(wait ?? long.MaxValue, Math.Max(0, flush - monotonic));
        if (_markAt is { } mark) wait = Math.Min(wait ?? long.MaxValue, Math.Max(0, mark - monotonic));
        if (_core.ProducerRefusal is not null) wait = Math.Min(wait ?? long.MaxValue, Math.Max(0, _spaceCheckAt - monotonic));
        return wait;
    }

    private void CheckSpace(long monotonic)
    {
        if (monotonic < _spaceCheckAt || !_options.KeepReserve) return;
        _spaceCheckAt = monotonic + SpaceCheckInterval;
        _core.ProducerRefusal = Space.FindRefusal(_disk, _journal.Supply, _options.MinFreeBytes);
    }

    private void Poison(Exception failure)
    {
        Failure = failure;
        var reason = new QueueException(QueueErrorCode.StoreFailed, "The store failed; what was under way has an unknown outcome: " + ExceptionText.MessageOf(failure), failure);
        FailRan(reason);
        ReleaseRefused();
        FailPending(reason);
        _core.CloseSinks(reason);
    }
}
