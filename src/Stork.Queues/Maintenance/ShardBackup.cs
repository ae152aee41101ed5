using Stork.Queues.Journal;
using Stork.Queues.Shards;

namespace Stork.Queues.Maintenance;

/// <summary>
/// Copies a shard's segments up to a point. The bytes before the point do not change, so this needs nobody to stand still. The copy ends
/// with a Mark that says that all before it is durable, is read back, and every checksum in it verified: a backup of damaged files fails.
/// </summary>
/// <param name="source">The folder of the shard.</param>
/// <param name="target">An empty folder.</param>
/// <param name="point">How far to copy.</param>
/// <param name="end">Where the end of the copy is recorded; null: nowhere.</param>
internal sealed class ShardBackup(IDisk source, IDisk target, BackupPoint point, EndFile? end = null)
{
    private const int Block = 1 << 20;

    private readonly byte[] _block = new byte[Block];

    /// <summary>Copies a running shard, up to a point that includes everything told before the call. The shard goes on meanwhile.</summary>
    /// <param name="shard">The shard.</param>
    /// <param name="target">An empty folder.</param>
    /// <param name="end">Where the end of the copy is recorded; null: nowhere.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task CopyAsync(Shard shard, IDisk target, EndFile? end, CancellationToken cancellationToken)
    {
        var point = await shard.PinAsync().ConfigureAwait(false);
        try
        {
            var copy = new ShardBackup(shard.Disk, target, point, end);
            await Task.Run(() => copy.Run(cancellationToken), cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            shard.Unpin();
        }
    }

    /// <exception cref="JournalDamagedException">A byte of the source, or of the copy, is not what was written.</exception>
    public void Run(CancellationToken cancellationToken)
    {
        for (var i = 0; i < point.Segments.Count; i++) Copy(point.Segments[i], last: i == point.Segments.Count - 1, cancellationToken);
        target.SyncDirectory();
        var copied = new JournalScan(target, point.Store, new LossAnalysis(), point.Shard).Run();
        foreach (var segment in copied)
        {
            if (segment.Holes.Count == 0) continue;
            var hole = segment.Holes[0];
            throw new JournalDamagedException(JournalFormat.SegmentName(segment.Id), hole.Offset, hole.FirstLsn, hole.What);
        }

        if (copied.Count == 0) return;
        var reached = copied[^1].EndLsn;
        if (reached < point.NextLsn)
            throw new JournalDamagedException(
                JournalFormat.SegmentName(point.Segments[^1].Id), point.Segments[^1].Used, reached,
                $"the copy ends before LSN {point.NextLsn}");
        if (end is null) return;
        end.Begin();
        end.Write(new JournalEnd(reached, copied[^1].Id, copied[^1].Used, copied[0].Id, copied[0].FirstLsn));
        end.Sync();
    }

    private void Copy(SegmentMark segment, bool last, CancellationToken cancellationToken)
    {
        var name = JournalFormat.SegmentName(segment.Id);
        using var from = source.Open(name);
        using var to = target.Create(name);
        for (long at = 0; at < segment.Capacity;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var block = _block.AsSpan(0, (int)Math.Min(Block, segment.Capacity - at));
            block.Clear();
            var wanted = (int)Math.Clamp(segment.Used - at, 0, block.Length);
            if (from.Read(at, block[..wanted]) < wanted)
                throw new JournalDamagedException(name, at, 0, "the file cannot be read to its end");
            to.Write(at, block);
            at += block.Length;
        }

        if (last && !point.Closed) Mark(to, segment);
        to.Sync();
    }

    private void Mark(IDiskFile file, SegmentMark segment)
    {
        var frame = new FrameBuilder();
        frame.Use(new byte[JournalFormat.FooterBytes]);
        frame.Reset(segment.Id, 0, 0, point.NextLsn);
        frame.Begin(RecordKind.Mark);
        frame.End();
        if (segment.Capacity - segment.Used < frame.Position + JournalFormat.FooterBytes) return;
        file.Write(segment.Used, frame.Seal(point.NextLsn, point.WallClock, JournalFormat.SaltOf(point.Store)).Span);
    }
}
