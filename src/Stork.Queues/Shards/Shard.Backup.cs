using Stork.Shared.Disk;
using Stork.Queues.Journal;
using Stork.Queues.Records;
using Stork.Shared;
using Stork.Queues.Maintenance;

namespace Stork.Queues.Shards;

internal sealed partial class Shard
{
    private int _pins;

    /// <summary>
    /// Copies the shard to an empty disk, up to a point that includes everything told before the call. The shard goes on meanwhile.
    /// </summary>
    public async Task BackupAsync(IDisk target, EndFile? end, CancellationToken cancellationToken)
    {
        var command = new BackupCommand(this);
        Submit(command);
        var point = await command.Task;
        try
        {
            await Task.Run(() => new ShardBackup(_disk, target, point, end).Run(cancellationToken), cancellationToken);
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
            segments[i] = Mark(_journal.Segments[i]);
        return new BackupPoint(_options.Store, _options.Shard, segments, _journal.NextLsn, _journal.LastWallClock, Closed: false);
    }

    /// <summary>A file that was cut off behind its last frame may have grown by its footer since.</summary>
    private static SegmentMark Mark(Segment segment) => new(segment.Id, Math.Max(segment.Capacity, segment.Used), segment.Used);
}
