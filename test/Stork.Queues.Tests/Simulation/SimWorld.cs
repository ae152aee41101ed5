using Stork.Queues.Rules;
using Stork.Queues.State;
using Stork.Shared.Disk;
using Stork.Queues.Shards;
using Stork.Queues.Journal;
using Stork.Queues.Records;
using Stork.Shared;

namespace Stork.Queues.Tests.Simulation;

/// <summary>What is wrong with the engine on purpose, to see that the checkers notice.</summary>
internal enum PlantedFault
{
    None,
    SkipSync,
    DropRecord,
    ReuseAckIds,
    RecordEndAhead,
}

/// <summary>
/// One run from one seed: random producers, consumers and operators against the whole engine over a disk that forgets, with crashes
/// anywhere, then the checkers. Everything random comes from the seed, so a run can be repeated.
/// </summary>
internal sealed partial class SimWorld : IDisposable
{
    private const int SegmentSize = 128 * 1024;
    private const int AckIdBlock = 64;
    private const int MostOfPrio = 3;
    private const long Start = 1_800_000_000_000;

    /// <summary>
    /// How much of its lease a delivery may have used up before it is told: it waits for the sync that runs and for its own, and what takes longer than
    /// the tolerance does not count.
    /// </summary>
    private const long LongestOnTheWay = 2 * 500;

    private static readonly string[] Works = ["work", "keys", "small", "strict", "prio"];
    private static readonly string[] Inboxes = ["user:1", "user:2", "user:3", "devices", "active"];

    private readonly SplitMix _random;
    private readonly ulong _seed;
    private readonly PlantedFault _planted;
    private readonly bool _snapshots;
    private readonly SimDisk _disk;
    private readonly Guid _store = new("0192f0c1-2f6b-7aaa-8bbb-0123456789ab");
    private readonly List<SimMessage> _messages = [];
    private readonly List<SimLease> _leases = [];
    private readonly List<SimConsumer> _consumers = [];
    private readonly List<(Task Task, Action<bool> Done)> _waiting = [];
    private readonly HashSet<int> _ackIds = [];
    private readonly SimSync _sync;
    private Shard _shard = null!;
    private long _wall = Start;

    /// <summary>The latest that the wall clock ever said.</summary>
    private long _latest = Start;
    private long _monotonic = 1000;
    private int _incarnation;

    /// <param name="seed">What everything random comes from. Every eighth world makes no snapshots, every second one syncs beside its turns.</param>
    /// <param name="planted">What is wrong on purpose.</param>
    public SimWorld(ulong seed, PlantedFault planted = PlantedFault.None)
    {
        _snapshots = seed % 8 != 0 && planted == PlantedFault.None;
        _seed = seed;
        _random = new SplitMix(seed);
        _planted = planted;
        _sync = new SimSync(new SplitMix(seed ^ 0x5F5C));
        _disk = new SimDisk(seed ^ 0xD15C) { SkipSyncs = planted == PlantedFault.SkipSync };
    }

    public int Crashes { get; private set; }

    public int Delivered { get; private set; }

    public int Settled { get; private set; }

    public int Stored => _messages.Count(static m => m.Told);

    public int SegmentsDropped { get; private set; }

    /// <summary>Syncs during which turns could go on.</summary>
    public int SyncsBeside => _sync.Count;

    public int StartsFromSnapshots { get; private set; }

    /// <summary>Idle inboxes that went.</summary>
    public int Removed { get; private set; }

    /// <summary>Runs some steps and then the checkers that look at the end.</summary>
    public void Run(int steps)
    {
        Open();
        for (var i = 0; i < steps; i++)
        {
            if (_disk.StopAfter < 0 && Chance(0.02)) _disk.StopAfter = (int)(_random.Next() % 40);
            if (_disk.FailSyncAfter < 0 && Chance(0.002)) _disk.FailSyncAfter = (int)(_random.Next() % 3);
            Guarded(Step);
        }

        Finish();
    }

    public void Dispose() => _shard?.Dispose();

    private bool Chance(double probability) => _random.NextDouble() < probability;

    private int Pick(int count) => (int)(_random.Next() % (ulong)count);

    private static QueueOptions? Configure(QueueKind kind, string name) => name switch
    {
        "small" => QueueOptions.Work with
        {
            MaxMessages = 5,
            Overflow = Overflow.DropHead,
            MaxFailures = 2,
            Backoff = TimeSpan.FromMilliseconds(50),
        },
        "strict" => QueueOptions.Work with
        {
            Order = DeliveryOrder.Strict,
            MaxFailures = 2,
            Backoff = TimeSpan.FromMilliseconds(200),
            AckTimeout = TimeSpan.FromSeconds(5),
        },
        "devices" => QueueOptions.Inbox with
        {
            Fanout = Fanout.PerDevice,
            TimeToLive = null,
            AckTimeout = TimeSpan.FromSeconds(5),
            RemoveIdleDeviceAfter = TimeSpan.FromSeconds(20),
            Retention = TimeSpan.FromSeconds(10),
        },
        "user:3" =>
            QueueOptions.Inbox with { TimeToLive = null, AckTimeout = TimeSpan.FromSeconds(5), RemoveIdleAfter = TimeSpan.FromSeconds(2) },
        "prio" => QueueOptions.Work with
        {
            MaxConcurrency = MostOfPrio,
            MaxPerSecond = 200,
            MaxFailures = 3,
            AckTimeout = TimeSpan.FromSeconds(5),
            Backoff = TimeSpan.FromMilliseconds(100),
        },
        "work" => QueueOptions.Work with
        {
            MaxFailures = 3,
            AckTimeout = TimeSpan.FromSeconds(5),
            Backoff = TimeSpan.FromMilliseconds(100),
            Breaker = new CircuitBreaker { SampleSize = 6, FailureRate = 0.5, Break = TimeSpan.FromSeconds(1) },
        },
        "active" => QueueOptions.Inbox with { Fanout = Fanout.ActiveDevice, TimeToLive = null, DisconnectGrace = TimeSpan.FromSeconds(2) },
        "user:2" => QueueOptions.Inbox with { TimeToLive = null, Retention = TimeSpan.FromSeconds(20), MaxFailures = 3 },
        _ when kind == QueueKind.Inbox => QueueOptions.Inbox with { TimeToLive = null, AckTimeout = TimeSpan.FromSeconds(5) },
        _ when kind == QueueKind.Work =>
            QueueOptions.Work with { MaxFailures = 3, AckTimeout = TimeSpan.FromSeconds(5), Backoff = TimeSpan.FromMilliseconds(100) },
        _ => null,
    };

    private static QueueAddress Address(string queue) => new(Works.Contains(queue) ? QueueKind.Work : QueueKind.Inbox, queue);

    private static bool Competes(string queue) => queue is not ("user:1" or "user:2" or "user:3" or "devices");

    private void Open()
    {
        for (var tries = 0; ; tries++)
        {
            Promise.Keep(tries < 50, "recovery comes to an end");
            try
            {
                _shard = null!;
                var without = StateWithoutSnapshots();
                _shard = OpenShard();
                _incarnation++;
                if (_shard.StartedFrom is not null) StartsFromSnapshots++;
                if (_planted == PlantedFault.None) Same($"a start from a snapshot ({_shard.StartedFrom}) gives the state that the log gives", without, DescribeAll(_shard));
                CheckConservation();
                return;
            }
            catch (Exception failure)
                when (failure is SimulatedCrashException || (failure is JournalFailedException && failure is not JournalDamagedException))
            {
                Crash();
            }
        }
    }

    private Shard OpenShard(bool snapshots = true, SimDisk? disk = null) => OpenShard(snapshots, disk, Disk(disk));

    private IDisk Disk(SimDisk? other) => _planted == PlantedFault.RecordEndAhead ? new HastyDisk(other ?? _disk, _store) : other ?? _disk;

    private Shard OpenShard(bool snapshots, SimDisk? other, IDisk disk) => Shard.Open(disk, new ShardOptions
    {
        SnapshotBytes = snapshots && _snapshots ? 30_000 : 0,
        SnapshotEntriesPerTurn = 1 + (int)(_seed % 60),
        UseSnapshots = snapshots,
        Store = _store,
        SegmentSize = SegmentSize,
        AckIds = new AckIdRange(1, int.MaxValue, AckIdBlock),
        Seed = _seed + (ulong)_incarnation,
        Configure = Configure,
        IdleInterval = 500,
        SyncWorker = _seed % 2 == 0 && other is null ? _ => _sync : null,
        OverlapBytes = (int)(_seed / 2 % 3) * 400,
        Replay = _planted switch
        {
            PlantedFault.DropRecord => static inner => new ForgetfulReplay(inner, RecordKind.Message, every: 7),
            PlantedFault.ReuseAckIds => static inner => new ForgetfulReplay(inner, RecordKind.AckIds, every: 1),
            _ => null,
        },
    }, new DiskCommit(disk, new EndFile(disk, "00.end", _store, 0)), _wall, _monotonic);

    /// <summary>Runs something that may meet the end of the machine or of the store, and starts anew if it does.</summary>
    private void Guarded(Action work)
    {
        try
        {
            work();
        }
        catch (SimulatedCrashException)
        {
        }

        if (!_disk.Stopped && _shard.Failure is null) return;
        Promise.Keep(_disk.Stopped || _shard.Failure is JournalFailedException, $"the shard does not fail by itself: {_shard.Failure}");
        Crash();
        Open();
    }

    /// <summary>The process or the machine ends; what was under way stays unknown.</summary>
    private void Crash()
    {
        Crashes++;
        Observe();
        if (_shard is { Failure: null } && !_disk.Stopped) CheckConservation();
        var power = Chance(0.6);
        if (power) _disk.CutPower();
        else _disk.Kill();
        foreach (var (_, done) in _waiting) done(false);
        _waiting.Clear();
        foreach (var message in _messages)
        {
            if (!power || !message.AckTold || message.AckDurable) continue;
            message.AckTold = false;
            message.AckUnknown = true;
        }

        foreach (var lease in _leases) lease.Held = false;
        foreach (var consumer in _consumers) consumer.Connected = false;
        _consumers.Clear();
        PassTime(Pick(3000));
    }

    private void PassTime(long milliseconds)
    {
        _monotonic += milliseconds;
        MoveWallClock(milliseconds);
    }

    private void MoveWallClock(long milliseconds)
    {
        _wall += milliseconds;
        _latest = Math.Max(_latest, _wall);
    }

    private void Turn()
    {
        var idle = _shard.Core.State.Find(Address("user:3"));
        var segments = _shard.Journal.Segments.Count > 0 ? _shard.Journal.Segments[0].Id : 0;
        _shard.RunTurn(_wall, _monotonic);
        if (_disk.Stopped) throw new SimulatedCrashException();
        if (_shard.Failure is not null) return;
        if (idle is not null && _shard.Core.State.Find(Address("user:3")) is null) Removed++;
        Promise.Keep(_shard.Core.State.Find(Address("prio")) is not { InFlight: > MostOfPrio }, "no more messages are out than the queue allows");
        SegmentsDropped += (int)(_shard.Journal.Segments[0].Id - segments);
        Observe();
        if (!_shard.Journal.HasUnsynced)
            foreach (var message in _messages) message.AckDurable |= message.AckTold;
    }

    /// <summary>Takes note of what was told.</summary>
    private void Observe()
    {
        for (var i = _waiting.Count - 1; i >= 0; i--)
        {
            var (task, done) = _waiting[i];
            if (!task.IsCompleted) continue;
            _waiting.RemoveAt(i);
            done(task.IsCompletedSuccessfully);
        }
    }

    private void Expect<T>(Task<T> task, Action<T> told, Action<QueueErrorCode?> failed) =>
        _waiting.Add((task, success =>
        {
            if (success) told(task.Result);
            else failed(((task.Exception?.InnerException as QueueException)?.Code));
        }));
}
