using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Stork.Queues.Rules;
using Stork.Recovery;
using Stork.Recovery.Journal;
using Stork.Tests.Timing;

namespace Stork.Tests.Recovery.Simulation;

/// <summary>
/// One run from one seed: clients that come, lose their connection and return, events to rooms and to single ones,
/// and a process that is killed, stopped or loses its power at any operation, over a disk that forgets.
/// Checked is what docs/recovery.md promises: a client that recovers has got every event once and in order,
/// with its rooms and data; and it does recover wherever that was promised.
/// </summary>
internal sealed partial class RecoveryWorld
{
    private const int MostClients = 6;

    private static readonly string[] Namespaces = ["/", "/chat"];
    private static readonly string[] RoomNames = ["red", "green", "blue"];
    private static readonly TimeSpan LongestAbsence = TimeSpan.FromMinutes(2);

    private readonly SplitMix _random;
    private readonly RecoveryFault _planted;
    private readonly bool _canSyncNames;
    private readonly SimDisk _disk;
    private readonly ManualTime _time = new();
    private readonly ConnectionStateRecoveryOptions _options = new();
    private readonly List<SimClient> _clients = [];
    private readonly List<SimEvent> _unwritten = [];

    /// <summary>The disk refuses, runs full and fails in this world, so that recovery is not promised;
    /// what is told to be recovered has to be.</summary>
    private readonly bool _isDiskBad;

    private readonly long _leastGrowth;
    private RecoveryState? _state;
    private RecoveryFile _file = null!;
    private EventSender _sender = null!;
    private TimeSpan _ran;
    private long _lastEvent;
    private int _names;
    private int _boot;

    /// <param name="seed">What everything random comes from.</param>
    /// <param name="planted">What is wrong on purpose.</param>
    /// <param name="canSyncNames">False: as on Windows. Names become durable some time or other, and the end of a process cannot be told
    /// from that of the machine, so that only an ordered stop is recovered from.</param>
    public RecoveryWorld(ulong seed, RecoveryFault planted = RecoveryFault.None, bool canSyncNames = true)
    {
        _random = new SplitMix(seed);
        (_planted, _canSyncNames) = (planted, canSyncNames);
        _disk = new SimDisk(seed ^ 0xD15C) { SkipSyncs = planted == RecoveryFault.SkipSyncs };
        _isDiskBad = planted == RecoveryFault.None && seed % 3 == 0;
        _leastGrowth = seed % 2 == 0 ? 1_000 : long.MaxValue / 2;
        if (seed % 5 == 0) (_options.MaxLogEvents, _options.MaxReplayEvents) = (20, 10);
    }

    public int Recovered { get; private set; }

    public int Replayed { get; private set; }

    public int Refused { get; private set; }

    public int Crashes { get; private set; }

    private RecoveryState State => _state!;

    private bool IsGenerous => _options.MaxLogEvents > 1_000;

    public void Run(int steps)
    {
        Restart();
        for (var i = 0; i < steps; i++)
        {
            if (_disk.StopAfter < 0 && Chance(0.03)) _disk.StopAfter = Pick(12);
            if (_isDiskBad) SpoilDisk();
            Guard(Step);
        }

        _disk.StopAfter = -1;
        foreach (var client in _clients.ToList()) Guard(() => Return(client));
    }

    private bool Chance(double probability) => _random.NextDouble() < probability;

    private int Pick(int count) => (int)(_random.Next() % (ulong)count);

    private void SpoilDisk()
    {
        _disk.IsFull = _disk.IsFull ? !Chance(0.3) : Chance(0.02);
        if (Chance(0.02)) (_disk.RefuseFrom, _disk.Refusals) = (_disk.Asked + Pick(4), 1);
        if (_disk.FailSyncAfter < 0 && Chance(0.01)) _disk.FailSyncAfter = Pick(2);
    }

    /// <summary>Whatever is done, the machine may stop in the middle of it.</summary>
    private void Guard(Action work)
    {
        try
        {
            work();
        }
        catch (SimulatedCrashException)
        {
            Crash(losesPower: Chance(0.3));
        }
    }

    private void Crash(bool losesPower)
    {
        Crashes++;
        _unwritten.Clear();
        if (losesPower || !_canSyncNames) LetGo();
        EndMachine(losesPower);
        Restart();
    }

    /// <summary>Nobody who is there now need be recovered.</summary>
    private void LetGo()
    {
        foreach (var client in _clients) client.MayLose = true;
    }

    private void EndMachine(bool losesPower)
    {
        if (losesPower)
        {
            _disk.CutPower();
            _boot++;
        }
        else
        {
            _disk.Kill();
        }
    }

    private void Restart()
    {
        foreach (var client in _clients) client.Connection = null;
        // While nobody runs, time does not count.
        if (Chance(0.5)) _time.Advance(TimeSpan.FromMinutes(Pick(10)));
        _state = null;
        while (_state is null)
        {
            try
            {
                Open();
            }
            catch (SimulatedCrashException)
            {
                Crashes++;
                var losesPower = Chance(0.3);
                if (losesPower || !_canSyncNames) LetGo();
                EndMachine(losesPower);
            }
        }

        foreach (var client in _clients.Where(static client => client.IsUncertain)) Settle(client);
    }

    private void Open()
    {
        // Names become durable all the same, at a time that nobody is told.
        if (!_canSyncNames && Chance(0.3)) _disk.SyncDirectory();
        // Who opens with a disk that will stop may stop while it reads, or at any operation until the file is written anew.
        if (Chance(0.1)) _disk.StopAfter = Pick(5);
        _file = new RecoveryFile(
            new WatchedDisk(_disk, OnDraft, _planted, _canSyncNames),
            _ => LetGo(),
            _leastGrowth);
        var boot = !_canSyncNames ? "" : _planted == RecoveryFault.TrustOtherRuns ? "boot" : $"boot {_boot}";
        var limits = new RecoveryLimits(LongestAbsence + TimeSpan.FromMinutes(2), 1_000_000, 10, JsonSerializerOptions.Default);
        var state = new RecoveryState(_options, limits, _time, NullLogger.Instance, _file, boot);
        _sender = new EventSender(state);
        foreach (var nsp in Namespaces) state.Namespaces.GetOrAdd(nsp).IsAttached = true;
        _state = state;
    }

    /// <summary>The log may have written what was being done, or not: the world goes by what it finds.</summary>
    private void Settle(SimClient client)
    {
        client.IsUncertain = false;
        if (!State.Sessions.ByKey.TryGetValue(client.Key, out var session))
        {
            // It was just beginning, or ending.
            client.MayLose = true;
            return;
        }

        client.Rooms.Clear();
        client.Rooms.UnionWith(session.Rooms.Keys);
        client.Data.Clear();
        foreach (var (name, json) in session.Stored.Values) client.Data[name] = JsonSerializer.Deserialize<long>(json);
    }
}
