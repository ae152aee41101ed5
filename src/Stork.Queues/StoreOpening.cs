using Stork.Queues.Journal;
using Stork.Queues.Shards;
using Stork.Queues.State;

namespace Stork.Queues;

/// <summary>Opens a store: its directory, then its shards, and when all of them are there their threads.</summary>
internal static class StoreOpening
{
    public static QueueStore Open(string directory, QueueStoreOptions options, Func<string, IDisk> disks)
    {
        var inMemory = options.Durability == Durability.Memory;
        if (!inMemory) directory = Path.GetFullPath(directory);
        var events = new StoreEvents(options);
        StoreDirectory? place = null;
        var loops = new ShardLoop[options.Shards];
        QueueStore? store = null;
        string? refusal;
        var started = 0;
        try
        {
            if (!inMemory) place = StoreDirectory.Open(directory, options.Shards, options.AllowUnlocked);
            for (var i = 0; i < loops.Length; i++) loops[i] = OpenLoop(options, place, i, disks, events);
            store = new QueueStore(options, place, loops);
            refusal = store.Health.Refusal;
            for (; started < loops.Length; started++) loops[started].Start($"stork-queues-{started}");
        }
        catch (Exception failure)
        {
            store?.DisposeMeters();

            // Those that run close and dispose of their shard themselves.
            for (var i = 0; i < started; i++) loops[i].StopAsync().GetAwaiter().GetResult();
            for (var i = started; i < loops.Length; i++) loops[i]?.Shard.Dispose();
            place?.Dispose();
            var told = Translate(failure, directory);
            if (told == failure) throw;
            throw told;
        }

        for (var i = 0; i < loops.Length; i++)
        {
            if (loops[i].Shard is { EndWasUnknown: true, Journal.SyncedLsn: > 1 })
                StoreLog.LogEndUnknown(events.Logger, directory, StoreDirectory.EndName(i));
        }

        StoreLog.LogOpened(events.Logger, directory, store.Health.JournalBytes, loops.Length);
        if (place is { IsLocked: false }) StoreLog.LogUnlocked(events.Logger, directory);
        if (refusal is not null) StoreLog.LogRefusing(events.Logger, refusal);
        return store;
    }

    private static ShardLoop OpenLoop(
        QueueStoreOptions options, StoreDirectory? place, int number, Func<string, IDisk> disks, StoreEvents events)
    {
        IDisk disk = place is null ? new MemoryDisk() : disks(place.ShardPath(number));
        var end = place is null
            ? null
            : new EndFile(place.Ends ??= disks(place.Path), StoreDirectory.EndName(number), place.Store, number);
        var commit = new DiskCommit(disk, end);
        try
        {
            var clock = new LoopClock(options.TimeProvider);
            var its = Describe(options, place?.Store ?? Guid.NewGuid(), number, events);
            var shard = Shard.Open(disk, its, commit, clock.Wall, clock.Monotonic, clock.Slept);
            return new ShardLoop(shard, clock, options.TimeProvider, events.OnFailed, events.OnRefusing);
        }
        catch
        {
            commit.Dispose();
            disk.Dispose();
            throw;
        }
    }

    private static ShardOptions Describe(QueueStoreOptions options, Guid store, int shard, StoreEvents events)
    {
        var onDisk = options.Durability != Durability.Memory;
        return new ShardOptions
        {
            Store = store,
            Shard = shard,
            SegmentSize = options.SegmentSize,
            AckIds = AckIdRange.ForShard(shard, options.Shards),
            Seed = BitConverter.ToUInt64(Guid.NewGuid().ToByteArray()),
            Configure = events.Configure,
            OnBuried = events.Buried,
            Durability = options.Durability,
            FlushInterval = (long)Math.Max(1, options.FlushInterval.TotalMilliseconds),
            MinFreeBytes = options.MinFreeBytes,
            StallTolerance = (long)options.StallTolerance.TotalMilliseconds,
            SnapshotBytes = onDisk ? options.SnapshotBytes : 0,
            MaxPendingBytes = options.MaxPendingBytes,
            KeepReserve = onDisk,
            Background = onDisk,
            SyncWorker = onDisk ? static done => new SyncThread(done) : null,
        };
    }

    private static Exception Translate(Exception failure, string directory) => failure switch
    {
        JournalDamagedException =>
            new QueueException(QueueErrorCode.Damaged, $"{failure.Message} {StoreMessages.Advice(directory)}", failure),
        NotSupportedException => new QueueException(QueueErrorCode.Format, failure.Message, failure),
        DiskRefusedException => new QueueException(QueueErrorCode.StoreFull, failure.Message, failure),
        JournalFailedException => new QueueException(QueueErrorCode.StoreFailed, failure.Message, failure),
        _ => failure,
    };
}
