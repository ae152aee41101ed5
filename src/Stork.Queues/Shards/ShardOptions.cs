using Stork.Queues.Rules;
using Stork.Queues.State;

namespace Stork.Queues.Shards;

/// <summary>What a shard needs to know.</summary>
internal sealed record ShardOptions
{
    public required Guid Store { get; init; }

    public required int SegmentSize { get; init; }

    /// <summary>The shard's number: its segments say it.</summary>
    public int Shard { get; init; }

    public required AckIdRange AckIds { get; init; }

    public required ulong Seed { get; init; }

    public required Func<QueueKind, string, QueueOptions?> Configure { get; init; }

    public Durability Durability { get; init; } = Durability.Fsync;

    /// <summary>Milliseconds after which records are synced that nobody waits for.</summary>
    public long FlushInterval { get; init; } = 50;

    /// <summary>Below this many free bytes producers are refused; null: as the volume's size says, see <see cref="Space"/>.</summary>
    public long? MinFreeBytes { get; init; } = 0;

    /// <summary>Bytes of commands that may wait before producers do.</summary>
    public long MaxPendingBytes { get; init; } = 64L << 20;

    /// <summary>
    /// Milliseconds: while leases run the shard looks at the clock this often, and a look that comes later than this is a stall.
    /// </summary>
    public long StallTolerance { get; init; } = 500;

    /// <summary>Milliseconds from one look for idle queues to the next.</summary>
    public long IdleInterval { get; init; } = 60 * 60_000;

    /// <summary>Whether to keep a file's worth of space for acknowledgements on a full disk.</summary>
    public bool KeepReserve { get; init; } = true;

    /// <summary>Whether files are made ahead by another thread.</summary>
    public bool Background { get; init; }

    /// <summary>Makes what syncs beside the shard's thread, given what to call when a sync is done; null: nothing does.</summary>
    public Func<Action, ISyncWorker>? SyncWorker { get; init; }

    /// <summary>Bytes of commands that must wait for turns to go on during a sync: fewer are not worth a frame of their own.</summary>
    public int OverlapBytes { get; init; } = 4096;

    /// <summary>Bytes of log after which a snapshot is written; 0: never.</summary>
    public long SnapshotBytes { get; init; }

    /// <summary>Entries written to a snapshot in a turn. 16,384 take less than a millisecond.</summary>
    public int SnapshotEntriesPerTurn { get; init; } = 16 * 1024;

    /// <summary>Whether snapshots that are there are used.</summary>
    public bool UseSnapshots { get; init; } = true;

    /// <summary>Told of each message that became a dead letter because it could not be processed; null: nobody is.</summary>
    public Action<BuriedMessage>? OnBuried { get; init; }

    /// <summary>Stands between journal and state while recovering; tests plant faults here.</summary>
    public Func<Journal.IJournalReplay, Journal.IJournalReplay>? Replay { get; init; }
}
