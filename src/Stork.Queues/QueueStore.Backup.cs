using Stork.Shared.Disk;
using Stork.Queues.Journal;
using Stork.Queues.Records;
using Stork.Shared;
using Stork.Queues.Maintenance;

namespace Stork.Queues;

public sealed partial class QueueStore
{
    /// <summary>
    /// Copies the store while it works. The copy holds everything that anybody was told before the call, and of what comes meanwhile a part
    /// that fits together. It is synced, read back and checked, and becomes a store with its last step only. Until it is done, no space is
    /// reclaimed.
    /// </summary>
    /// <param name="targetDirectory">A directory without files and shards, or one that does not exist, better on another volume. It takes as
    /// much space as the store.</param>
    /// <param name="cancellationToken">Gives up; the target is then no store.</param>
    /// <returns>Completes when the copy is durable.</returns>
    /// <exception cref="QueueException">
    /// The target is not empty or full, a file of the store is damaged, or the store failed or is closed.
    /// </exception>
    public async Task BackupAsync(string targetDirectory, CancellationToken cancellationToken = default)
    {
        try
        {
            using var target = NewStore.Create(targetDirectory);
            var store = Guid.Empty;
            for (var i = 0; i < _loops.Length; i++)
            {
                using var disk = target.OpenShard(i);
                store = _loops[i].Shard.Store;
                using var end = target.OpenEnd(i, store);
                await _loops[i].Shard.BackupAsync(disk, end, cancellationToken);
            }

            target.Seal(store, _loops.Length);
        }
        catch (Exception failure) when (failure is JournalDamagedException or DiskRefusedException)
        {
            throw new QueueException(
                failure is DiskRefusedException ? QueueErrorCode.StoreFull : QueueErrorCode.Damaged,
                "No backup was made: " + failure.Message,
                failure);
        }
    }
}
