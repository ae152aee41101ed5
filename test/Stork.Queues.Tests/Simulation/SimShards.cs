using Stork.Queues.Journal;
using Stork.Queues.Shards;
using Stork.Queues.State;
using Stork.Shared.Disk;

namespace Stork.Queues.Tests.Simulation;

/// <summary>Opens the engine of a world, again and again, with what is wrong with it on purpose.</summary>
internal sealed class SimShards(ulong seed, PlantedFault planted, SimDisk disk, SimSync sync)
{
    private const int SegmentSize = 128 * 1024;
    private const int AckIdBlock = 64;

    private readonly Guid _store = new("0192f0c1-2f6b-7aaa-8bbb-0123456789ab");
    private int _incarnation;

    public Shard Open(long wall, long monotonic)
    {
        IDisk seen = planted == PlantedFault.RecordEndAhead ? new HastyDisk(disk, _store) : disk;
        var shard = Open(seen, snapshots: true, isCopy: false, wall, monotonic);
        _incarnation++;
        return shard;
    }

    /// <summary>What recovery finds on the same disk without any snapshot.</summary>
    public string DescribeWithoutSnapshots(long wall, long monotonic)
    {
        var copy = disk.Copy(static name => !name.EndsWith(".snap", StringComparison.Ordinal));
        using var shard = Open(copy, snapshots: false, isCopy: true, wall, monotonic);
        return SimState.DescribeAll(shard);
    }

    private Shard Open(IDisk disk, bool snapshots, bool isCopy, long wall, long monotonic) => Shard.Open(disk, new ShardOptions
    {
        SnapshotBytes = snapshots && seed % 8 != 0 && planted == PlantedFault.None ? 30_000 : 0,
        SnapshotEntriesPerTurn = 1 + (int)(seed % 60),
        UseSnapshots = snapshots,
        Store = _store,
        SegmentSize = SegmentSize,
        AckIds = new AckIdRange(1, int.MaxValue, AckIdBlock),
        Seed = seed + (ulong)_incarnation,
        Configure = SimQueues.Configure,
        IdleInterval = 500,
        SyncWorker = seed % 2 == 0 && !isCopy ? _ => sync : null,
        OverlapBytes = (int)(seed / 2 % 3) * 400,
        Replay = planted switch
        {
            PlantedFault.DropRecord => static inner => new ForgetfulReplay(inner, RecordKind.Message, every: 7),
            PlantedFault.ReuseAckIds => static inner => new ForgetfulReplay(inner, RecordKind.AckIds, every: 1),
            _ => null,
        },
    }, new DiskCommit(disk, new EndFile(disk, "00.end", _store, 0)), wall, monotonic);
}
