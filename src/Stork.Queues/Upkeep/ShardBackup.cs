using Stork.Queues.Disk;
using Stork.Queues.Journal;

namespace Stork.Queues.Upkeep;

/// <summary>
/// Copies a shard's segments up to a point. The bytes before the point do not change, so this needs nobody to stand still. The copy ends
/// with a Mark that says that all before it is durable, is read back, and every checksum in it verified: a backup of damaged files fails.
/// </summary>
internal sealed class ShardBackup(IDisk source, IDisk target, BackupPoint point)
{
    private const int Block = 1 << 20;

    private readonly byte[] _block = new byte[Block];

    /// <exception cref="JournalDamagedException">A byte of the source, or of the copy, is not what was written.</exception>
    public void Run(CancellationToken cancellationToken)
    {
        for (var i = 0; i < point.Segments.Count; i++) Copy(point.Segments[i], last: i == point.Segments.Count - 1, cancellationToken);
        target.SyncDirectory();
        var end = 0UL;
        foreach (var segment in new JournalScan(target, point.Store, new LostMessages()).Run())
        {
            end = segment.EndLsn;
            if (segment.Holes.Count == 0) continue;
            var hole = segment.Holes[0];
            throw new JournalDamagedException(JournalFormat.SegmentName(segment.Id), hole.Offset, hole.FirstLsn, hole.What);
        }

        if (point.Segments.Count > 0 && end < point.NextLsn)
            throw new JournalDamagedException(
                JournalFormat.SegmentName(point.Segments[^1].Id), point.Segments[^1].Used, end,
                $"the copy ends before LSN {point.NextLsn}");
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
        file.Write(segment.Used, frame.Seal(point.NextLsn, point.WallClock, JournalLog.SaltOf(point.Store)).Span);
    }
}
