using Stork.Queues.Journal;
using Stork.Queues.Rules;
using Stork.Queues.Shards;

namespace Stork.Queues.Tests.Simulation;

/// <summary>
/// One run from one seed: random producers, consumers and operators against the whole engine over a disk that forgets, with crashes
/// anywhere, then the checkers. Everything random comes from the seed, so a run can be repeated.
/// </summary>
internal sealed partial class SimWorld : IDisposable
{
    private const long Start = 1_800_000_000_000;

    private readonly SplitMix _random;
    private readonly PlantedFault _planted;
    private readonly SimDisk _disk;
    private readonly List<SimMessage> _messages = [];
    private readonly List<SimLease> _leases = [];
    private readonly List<SimConsumer> _consumers = [];
    private readonly SimAnswers _answers = new();
    private readonly SimDeliveries _deliveries;
    private readonly SimSync _sync;
    private readonly SimShards _shards;
    private Shard _shard = null!;
    private long _wall = Start;

    /// <summary>The latest that the wall clock ever said.</summary>
    private long _latest = Start;
    private long _monotonic = 1000;

    /// <param name="seed">
    /// What everything random comes from. Every eighth world makes no snapshots, every second one syncs beside its turns.
    /// </param>
    /// <param name="planted">What is wrong on purpose.</param>
    public SimWorld(ulong seed, PlantedFault planted = PlantedFault.None)
    {
        _random = new SplitMix(seed);
        _planted = planted;
        _sync = new SimSync(new SplitMix(seed ^ 0x5F5C));
        _disk = new SimDisk(seed ^ 0xD15C) { SkipSyncs = planted == PlantedFault.SkipSync };
        _shards = new SimShards(seed, planted, _disk, _sync);
        _deliveries = new SimDeliveries(_messages, _leases);
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

    private void Open()
    {
        for (var tries = 0; ; tries++)
        {
            Promise.Keep(tries < 50, "recovery comes to an end");
            try
            {
                _shard = null!;
                var without = _planted == PlantedFault.None ? _shards.DescribeWithoutSnapshots(_wall, _monotonic) : "";
                _shard = _shards.Open(_wall, _monotonic);
                if (_shard.StartedFrom is not null) StartsFromSnapshots++;
                if (_planted == PlantedFault.None)
                {
                    var promise = $"a start from a snapshot ({_shard.StartedFrom}) gives the state that the log gives";
                    SimState.Compare(promise, without, SimState.DescribeAll(_shard));
                }

                SimState.CheckConservation(_shard);
                return;
            }
            catch (Exception failure)
                when (failure is SimulatedCrashException || (failure is JournalFailedException && failure is not JournalDamagedException))
            {
                Crash();
            }
        }
    }

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
        _answers.Observe();
        if (_shard is { Failure: null } && !_disk.Stopped) SimState.CheckConservation(_shard);
        var power = Chance(0.6);
        if (power) _disk.CutPower();
        else _disk.Kill();
        _answers.GiveUp();
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
        var idle = _shard.Core.State.Find(SimQueues.Address("user:3"));
        var segments = _shard.Journal.Segments.Count > 0 ? _shard.Journal.Segments[0].Id : 0;
        _shard.RunTurn(_wall, _monotonic);
        if (_disk.Stopped) throw new SimulatedCrashException();
        if (_shard.Failure is not null) return;
        if (idle is not null && _shard.Core.State.Find(SimQueues.Address("user:3")) is null) Removed++;
        var prio = _shard.Core.State.Find(SimQueues.Address("prio"));
        Promise.Keep(prio is not { InFlight: > SimQueues.MostOfPrio }, "no more messages are out than the queue allows");
        SegmentsDropped += (int)(_shard.Journal.Segments[0].Id - segments);
        _answers.Observe();
        if (!_shard.Journal.HasUnsynced)
            foreach (var message in _messages) message.AckDurable |= message.AckTold;
    }
}
