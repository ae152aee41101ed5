using Stork.Queues.Disk;
using Stork.Queues.Upkeep;

namespace Stork.Queues.Engine;

internal sealed partial class Shard
{
    private int _pins;

    /// <summary>
    /// Copies the shard to an empty disk, up to a point that includes everything told before the call. The shard goes on meanwhile.
    /// </summary>
    public async Task BackupAsync(IDisk target, CancellationToken cancellationToken)
    {
        var command = new BackupCommand(this);
        Submit(command);
        var point = await command.Task;
        try
        {
            await Task.Run(() => new ShardBackup(_disk, target, point).Run(cancellationToken), cancellationToken);
        }
        finally
        {
            Unpin();
        }
    }

    internal void Unpin()
    {
        Interlocked.Decrement(ref _pins);
        Wake?.Invoke();
    }

    /// <summary>The log as it is now, all of it synced. Nothing of it is reclaimed until the pin is released.</summary>
    internal BackupPoint Pin()
    {
        Interlocked.Increment(ref _pins);
        var segments = new SegmentMark[_journal.Segments.Count];
        for (var i = 0; i < segments.Length; i++)
            segments[i] = new SegmentMark(_journal.Segments[i].Id, _journal.Segments[i].Capacity, _journal.Segments[i].Used);
        return new BackupPoint(_options.Store, segments, _journal.NextLsn, _journal.LastWallClock, Closed: false);
    }
}
