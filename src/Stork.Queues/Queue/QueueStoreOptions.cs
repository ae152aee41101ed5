using Microsoft.Extensions.Logging;

namespace Stork.Queues;

/// <summary>How a store works. A record of values: what was given when the store was opened counts until it is closed.</summary>
public sealed record QueueStoreOptions
{
    /// <summary>The smallest size of a segment: 128 KiB.</summary>
    public const int MinSegmentSize = 128 * 1024;

    /// <summary>The most shards a store can have.</summary>
    public const int MaxShards = 64;

    /// <summary>When a producer is told that its message is stored. Default: <see cref="Durability.Fsync"/>.</summary>
    public Durability Durability { get; init; } = Durability.Fsync;

    /// <summary>
    /// How long an acknowledgement or another record that nobody waits for may go unsynced. Default: 50 ms. What is lost with it at a power
    /// cut is repeated, never lost.
    /// </summary>
    public TimeSpan FlushInterval { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>
    /// The size of a journal file, from 128 KiB to 1 GiB. Default: 64 MiB. The store takes at least three of them on disk, and one in
    /// memory, for each shard. Messages that are stored together may take a quarter of it. It may be another one at each start: what is
    /// stored with a larger or smaller one stays deliverable, in a larger file if need be.
    /// </summary>
    public int SegmentSize { get; init; } = 64 << 20;

    /// <summary>
    /// Independent parts, each with a thread and a journal of its own; queues are spread by a hash of their name. Fixed when the store is
    /// created. An atomic batch must stay within one part. Default: 1; at most 64.
    /// </summary>
    public int Shards { get; init; } = 1;

    /// <summary>
    /// After this many bytes of log a snapshot of the state is written in the background, and a smaller part of it makes one at a clean
    /// stop, so that the next start need not read the whole log. Default: 256 MiB; 0: none. It takes some 10 bytes of disk for each waiting
    /// message, twice. A start from a snapshot does not look at every older byte: damage there shows when it is read, or by
    /// <see cref="QueueStoreTools.VerifyAsync"/>.
    /// </summary>
    public long SnapshotBytes { get; init; } = 256L << 20;

    /// <summary>
    /// With less space on the volume, producers are refused while consumers go on. Default: null, which is 1 GiB, or a sixteenth of a
    /// volume of less than 16 GiB; from 0.
    /// </summary>
    public long? MinFreeBytes { get; init; }

    /// <summary>
    /// Bytes of messages that may wait in memory for the journal, for each shard, from 64 KiB to 1 GiB; as many again may be in the write
    /// under way. With more, producers wait, which is how a slow disk slows them down. Default: 64 MiB.
    /// </summary>
    public long MaxPendingBytes { get; init; } = 64L << 20;

    /// <summary>
    /// The options of a queue by kind and name; null: the defaults of its kind. Called once per queue and run, by the store's own thread:
    /// it must return at once. Default: none.
    /// </summary>
    public Func<QueueKind, string, QueueOptions?>? Configure { get; init; }

    /// <summary>
    /// Called once, on a thread of its own, when a failed write or sync stopped the store; the process should then end. What it throws is
    /// logged. Default: nothing but a log entry.
    /// </summary>
    public Action<Exception>? OnFailed { get; init; }

    /// <summary>
    /// Whether to open a directory whose file system has no locks (<c>flock</c>), as some network volumes have none. Nothing then keeps a
    /// second process out, and two destroy the store; the log says so. Default: false, which refuses it.
    /// </summary>
    public bool AllowUnlocked { get; init; }

    /// <summary>
    /// How late the store may come to look at its leases before it takes that as its own standing still (a stopped process, a sleeping
    /// machine, a slow disk) rather than the consumers', whose leases then stood still too. Default: 500 ms; 10 ms to 366 days.
    /// </summary>
    public TimeSpan StallTolerance { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>The clock. Default: the system's.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>
    /// Where events are logged; what it throws is ignored. Default: nowhere. Bodies, keys and ids of messages are never logged.
    /// </summary>
    public ILogger? Logger { get; init; }

    internal void Validate()
    {
        Check(SegmentSize is >= MinSegmentSize and <= Journal.JournalFormat.MaxSegmentBytes, "SegmentSize must be from 128 KiB to 1 GiB");
        Check(Shards is >= 1 and <= MaxShards, "Shards must be from 1 to 64");
        Check(
            FlushInterval > TimeSpan.Zero && FlushInterval <= TimeSpan.FromMinutes(1),
            "FlushInterval must be positive and at most a minute");
        Check(
            StallTolerance >= TimeSpan.FromMilliseconds(10) && StallTolerance <= QueueOptions.MaxDelay,
            "StallTolerance must be from 10 ms to 366 days");
        Check(SnapshotBytes >= 0, "SnapshotBytes must not be negative");
        Check(MinFreeBytes is null or >= 0, "MinFreeBytes must not be negative");
        Check(MaxPendingBytes is >= 64 * 1024 and <= 1L << 30, "MaxPendingBytes must be from 64 KiB to 1 GiB");
        Check(Enum.IsDefined(Durability), "Durability must be one of its values");
    }

    private static void Check(bool holds, string rule)
    {
        if (!holds) throw new QueueException(QueueErrorCode.Invalid, rule + ".");
    }
}
