using Stork.Queues.Journal;
using Stork.Queues.Rules;
using Stork.Queues.State;

namespace Stork.Queues.Shards;

/// <summary>
/// The state machine of one shard: no threads, no clock, no I/O of its own. It wires the rules of a shard to its state and its log, and has
/// what a turn does with all of them. What is to be told to anyone is collected, and leaves only when the shard says that the records are
/// as durable as their class demands.
/// </summary>
internal sealed class ShardCore
{
    private readonly RuleContext _context;
    private readonly AckIdSupply _ackIds;
    private readonly FlowControl _flow;
    private readonly ReleasePacing _pacing;
    private readonly Expiring _expiring;
    private readonly Leasing _leasing;
    private readonly RemovingIdle _idle;
    private readonly Delivering _delivering;
    private readonly TakingBack _takingBack;
    private readonly ClockKeeping _clock;

    /// <param name="applier">With the state that recovery led to.</param>
    /// <param name="journal">The log that goes on behind it.</param>
    /// <param name="seed">Of the random numbers: the same seed gives the same run.</param>
    /// <param name="configure">What the application wants of a queue; null: the defaults.</param>
    /// <param name="idleInterval">Milliseconds from one look for idle queues to the next.</param>
    public ShardCore(
        RecordApplier applier, IJournal journal, ulong seed, Func<QueueKind, string, QueueOptions?> configure, long idleInterval)
    {
        _context = new RuleContext(applier, journal, seed, configure);
        _ackIds = new AckIdSupply(_context);
        _flow = new FlowControl(_context);
        _pacing = new ReleasePacing(_context);
        _clock = new ClockKeeping(_context, journal);
        var ending = new Ending(_context);
        var deadLettering = new DeadLettering(_context, ending);
        var failing = new Failing(_context, ending, deadLettering, _flow);
        var pushingOut = new PushingOut(_context, ending, deadLettering);
        _leasing = new Leasing(_context, failing);
        _expiring = new Expiring(_context, ending, deadLettering);
        _delivering = new Delivering(_context, _ackIds, _expiring, _flow);
        Settling = new Settling(_context, ending, deadLettering, failing, _flow, _pacing);
        Admission = new Admission(_context, pushingOut);
        Enqueuing = new Enqueuing(_context, ending, pushingOut);
        Registering = new Registering(_context, ending);
        _idle = new RemovingIdle(_context, Registering, idleInterval);
        Detaching = new Detaching(_context, failing, _idle);
        Subscribing = new Subscribing(_context, ending, failing, _delivering, _flow, _pacing, Registering, _idle);
        Browsing = new Browsing(_context);
        Redriving = new Redriving(_context, Browsing);
        Operating = new Operating(_context);
        Reclaiming = new Reclaiming(_context, journal, _ackIds, _clock, Registering);
        _takingBack = new TakingBack(_context, ending, failing, Detaching);
    }

    public ShardState State => _context.State;

    public QueueCatalog Catalog => _context.Queues;

    public RecordEmitter Emitter => _context.Emitter;

    public ShardCounters Counters => _context.Counters;

    public TurnNotices Notices => _context.Notices;

    public AckIdSupply AckIds => _ackIds;

    public Admission Admission { get; }

    public Enqueuing Enqueuing { get; }

    public Settling Settling { get; }

    public Subscribing Subscribing { get; }

    public Detaching Detaching { get; }

    public Registering Registering { get; }

    public Browsing Browsing { get; }

    public Redriving Redriving { get; }

    public Operating Operating { get; }

    public Reclaiming Reclaiming { get; }

    /// <summary>Something of this turn wants everything so far on the disk, whatever its records need.</summary>
    public bool SyncNow { get; set; }

    /// <summary>Whether queues wait for room in a frame.</summary>
    public bool HasDirty => _context.Volatile.HasDirty;

    /// <summary>Whether a lease or a grace runs.</summary>
    public bool HasLeases => _context.Volatile.Graces.Count > 0 || _context.Volatile.Leases.HasAny;

    /// <summary>Counts what was done without a record, so that a turn that did nothing at all can be told.</summary>
    public long Steps => _context.Volatile.Steps;

    /// <param name="now">The shard's time, Unix milliseconds.</param>
    /// <param name="monotonic">The clock of the leases.</param>
    /// <param name="wall">The wall clock, Unix milliseconds.</param>
    public void BeginTurn(long now, long monotonic, long wall)
    {
        _context.State.AdvanceTo(now);
        _context.State.Wall.Now = wall;
        _context.Volatile.AdvanceTo(monotonic);
        _context.Emitter.BeginTurn();
        SyncNow = false;
    }

    /// <summary>How far the wall clock is off the shard's time is said by a record if none says so yet.</summary>
    public void RecordShift(long shift) => _clock.RecordShift(shift);

    /// <summary>Ends the hand-outs of the former run. False: it must be called again.</summary>
    public bool TakeBack() => _takingBack.TakeBack();

    /// <summary>Does what is due: the order is that of the log, and the same in every run.</summary>
    public void RunTimers()
    {
        _leasing.EndLeases();
        Detaching.EndGraces();
        _context.Time.WakeDue();
        _flow.WakeHeldBack();
        _pacing.WakeHeld();
        _expiring.Sweep();
        _idle.LookForIdle();
    }

    /// <summary>Hands out what can be, until the frame has this many bytes.</summary>
    public void Pump(int limit) => _delivering.Pump(limit);

    /// <summary>Milliseconds until something is to be done; null: nothing waits for time.</summary>
    public long? NextTimer()
    {
        var (state, monotonic) = (_context.State, _context.Volatile.Monotonic);
        long? next = null;
        foreach (var list in _context.Volatile.Leases.Lists)
            if (list.First is { } first) Shorten(ref next, first.Deadline - monotonic);
        Shorten(ref next, Detaching.NextGraceEnd - monotonic);
        if (state.Due.TryPeek(out _, out var due)) Shorten(ref next, Math.Min(due - state.Now, WallTime.LookInterval));
        if (state.DueByWallClock.TryPeek(out _, out due)) Shorten(ref next, Math.Min(due - state.Wall.Now, WallTime.LookInterval));
        Shorten(ref next, _expiring.NextSweep - state.Now);
        Shorten(ref next, _flow.NextWake - monotonic);
        Shorten(ref next, _pacing.NextWake - monotonic);
        Shorten(ref next, _pacing.NextEnd - monotonic);
        if (state.IdEnd > 1) Shorten(ref next, _idle.NextLook - state.Now);
        return next is { } wait ? Math.Max(0, wait) : null;
    }

    private static void Shorten(ref long? next, long? wait)
    {
        if (wait is not null && (next is null || wait < next)) next = wait;
    }
}
