namespace Stork.Queues.Shards;

/// <summary>
/// Since when a shard has had something to do without getting on: a sync does not return, or turns change nothing. Kept by the shard's
/// thread, asked by any.
/// </summary>
internal sealed class ShardWatch
{
    private const long Idle = -1;

    private long _since = Idle;
    private ulong _synced;
    private long _done;

    /// <summary>Milliseconds without getting on; 0: there is nothing to do, or it is being done.</summary>
    public long StuckFor(long monotonic) => Volatile.Read(ref _since) is var since && since == Idle ? 0 : Math.Max(0, monotonic - since);

    /// <summary>A turn begins. It may be the one that does not end.</summary>
    public void Begin(long monotonic)
    {
        if (_since == Idle) Volatile.Write(ref _since, monotonic);
    }

    /// <summary>A turn has ended.</summary>
    public void End(Shard shard, long monotonic)
    {
        var (synced, done) = (shard.Journal.SyncedLsn, shard.Done);
        var moved = synced != _synced || done != _done;
        (_synced, _done) = (synced, done);
        if (!shard.IsBehind) Volatile.Write(ref _since, Idle);
        else if (moved) Volatile.Write(ref _since, monotonic);
    }
}
