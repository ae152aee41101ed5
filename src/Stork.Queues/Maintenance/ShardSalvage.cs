using System.Globalization;
using System.Text;
using Stork.Queues.Journal;
using Stork.Queues.Records;
using Stork.Queues.Rules;
using Stork.Queues.Shards;
using Stork.Queues.State;

namespace Stork.Queues.Maintenance;

/// <summary>
/// Writes a shard anew without what is damaged. A frame that cannot be read is replaced by one that says nothing, of the same size and with
/// the same numbers; all others stay as they are. Then records are added that make the rest consistent: lost definitions of queues, ack ids
/// that may have been given out, totals. As a frame counts as a whole or not at all, so does what salvage keeps: no half batch comes back.
/// </summary>
/// <param name="source">The folder of the shard.</param>
/// <param name="target">The folder of the new one.</param>
/// <param name="store">The store.</param>
/// <param name="ackIds">The shard's ack ids.</param>
/// <param name="shard">Its number.</param>
/// <param name="known">What is known of the end of its log.</param>
/// <param name="end">Where the end of the new log is recorded.</param>
internal sealed class ShardSalvage(
    IDisk source, IDisk target, Guid store, AckIdRange ackIds, int shard = 0, JournalEnd? known = null, EndFile? end = null)
{
    private const int RepairBytes = 4096;

    private readonly LossAnalysis _lost = new();
    private readonly List<SalvageGap> _gaps = [];
    private readonly List<string> _renamed = [];
    private int _segmentLength;

    public IReadOnlyList<SalvageGap> Gaps => _gaps;

    public IReadOnlyList<string> Renamed => _renamed;

    public long Messages { get; private set; }

    public long RecordsLost { get; private set; }

    public void Run(long now)
    {
        var scan = new JournalScan(source, store, _lost, shard, known);
        var segments = scan.Run();
        if (segments.Count == 0) return;
        _segmentLength = Math.Max(scan.SegmentLength, QueueStoreOptions.MinSegmentSize);
        for (var i = 0; i < segments.Count; i++) Copy(segments[i], last: i == segments.Count - 1);
        target.SyncDirectory();
        foreach (var hole in segments.SelectMany(static s => s.Holes))
            if (!hole.Torn) RecordsLost += (long)(hole.EndLsn - hole.FirstLsn);
        if (scan.MissingBefore is { } before) RecordsLost += (long)(before.EndLsn - before.FirstLsn);
        var time = _lost.WallClock > 0 ? _lost.WallClock : now;
        AddDefinitions(segments.Sum(static s => s.Holes.Count), time);
        AddTotals(time);
    }

    private void Copy(ScannedSegment segment, bool last)
    {
        // What is missing at the end keeps its numbers, if there is room to say so.
        var ends = segment.Closed || (last && segment.Holes.TrueForAll(static h => h.Torn));
        var least = ends ? JournalFormat.SegmentHeaderBytes + JournalFormat.FooterBytes : _segmentLength;
        var image = new byte[Math.Max(segment.Length, least)];
        if (segment.File is not null)
        {
            using var file = source.Open(segment.File);
            file.Read(0, image.AsSpan(0, segment.Length));
        }

        if (!segment.HeaderSound) WriteHeader(image, segment);
        foreach (var hole in segment.Holes)
            if (hole.Offset >= JournalFormat.SegmentHeaderBytes) Fill(image, segment, hole, last);
        using var copy = target.Create(JournalFormat.SegmentName(segment.Id));
        copy.Write(0, image);
        copy.Sync();
    }

    private void WriteHeader(byte[] image, ScannedSegment segment)
    {
        var (major, minor) = (JournalFormat.Major, JournalFormat.Minor);
        new SegmentHeader(major, minor, segment.Id, store, segment.FirstLsn, _lost.WallClock, (uint)shard + 1).Write(image);
    }

    private void Fill(byte[] image, ScannedSegment segment, JournalHole hole, bool last)
    {
        var salt = JournalFormat.SaltOf(store);
        var records = (int)(hole.EndLsn - hole.FirstLsn);
        if (hole.Offset < segment.Used)
        {
            HoleFrame.Write(image.AsSpan(hole.Offset, hole.Length), segment.Id, hole.FirstLsn, records, footer: false, salt);
            return;
        }

        // Nothing sound is behind it. In the last segment the log may go on there; any other one ends with a footer.
        image.AsSpan(hole.Offset).Clear();
        if (hole.Torn) return;
        var bytes = HoleFrame.Bytes(records);
        if (records > 0 && bytes + (last ? JournalFormat.FooterBytes : 0) <= image.Length - hole.Offset)
            HoleFrame.Write(image.AsSpan(hole.Offset, bytes), segment.Id, hole.FirstLsn, records, footer: !last, salt);
        else if (!last)
            throw new JournalDamagedException(
                JournalFormat.SegmentName(segment.Id), hole.Offset, hole.FirstLsn,
                "what follows contradicts it, so that it cannot be mended");
    }

    /// <summary>Names queues whose own record is lost, and keeps away from ack ids that lost records may have given out.</summary>
    private void AddDefinitions(int holes, long now)
    {
        var live = new LiveBytes();
        var found = new JournalRecovery(target, store, shard, known: null).Run(replay: null, live);
        var supply = new SegmentSupply(target, _segmentLength, background: false);
        using var journal = JournalLog.Open(target, store, shard, supply, new DiskCommit(target), live, found, now);
        foreach (var (id, queue) in _lost.Queues)
        {
            if (queue.Name is not null) continue;
            queue.Name = string.Create(CultureInfo.InvariantCulture, $"lost-queue-{id}");
            _renamed.Add(queue.Name);
            journal.EnsureRoom(RepairBytes, now);
            var name = Encoding.UTF8.GetBytes(queue.Name);
            new QueueRecord { Queue = id, Kind = queue.Kind, Name = name, NextSequence = Math.Max(1, queue.Next) }.Write(journal.Frame);
            journal.Write(now);
        }

        // A missing oldest file leaves no hole, but queues without a name.
        var unsure = holes + Math.Min(1, _renamed.Count);
        if (unsure > 0)
        {
            journal.EnsureRoom(RepairBytes, now);
            var limit = Math.Clamp(_lost.AckIdEnd + ((long)ackIds.Block * unsure), ackIds.First, ackIds.Last);
            new AckIdsRecord((int)limit).Write(journal.Frame);
            journal.Write(now);
        }

        journal.Commit();
    }

    /// <summary>Opens the new shard as any start would, which proves that it opens, and corrects totals.</summary>
    private void AddTotals(long now)
    {
        // The disk is the caller's: only the journal's files are closed here.
        var options = new ShardOptions
        {
            Store = store,
            Shard = shard,
            SegmentSize = _segmentLength,
            AckIds = ackIds,
            Seed = 0,
            Configure = static (_, _) => null,
            KeepReserve = false,
        };
        var opened = Shard.Open(target, options, new DiskCommit(target, end), now, 0);
        using var journal = opened.Journal;
        opened.Core.BeginTurn(now, 0, now);
        foreach (var queue in opened.Core.State.Queues.ToArray())
        {
            if (!_lost.Queues.TryGetValue(queue.Id, out var known)) continue;
            AddGaps(queue, known);
            if (known.Next <= queue.NextSequence && Operating.CountUnaccounted(queue) <= 0) continue;
            opened.Journal.EnsureRoom(RepairBytes, now);
            opened.Core.Operating.WriteOff(queue, known.Next);
            opened.Journal.Write(now);
        }

        Messages = opened.Core.State.Messages;
        opened.Close();
        if (opened.Failure is not null) throw opened.Failure;
    }

    private void AddGaps(QueueState queue, LossAnalysis.Known known)
    {
        var name = known.Name!;
        var missing = Math.Max(0, known.Next - queue.NextSequence) + Operating.CountUnaccounted(queue) - known.Missing;

        // Without its definition nobody knows what had been settled before the log starts.
        if (missing > 0 && known.First > 1 && !_renamed.Contains(name))
            _gaps.Add(new SalvageGap(queue.Kind, name, 1, known.First - 1, missing));
        foreach (var (from, to) in known.Gaps) _gaps.Add(new SalvageGap(queue.Kind, name, from, to, to - from + 1));
    }
}
