using Stork.Queues.Journal;
using Stork.Queues.Rules;
using Stork.Queues.Shards;
using Stork.Queues.Snapshots;
using Stork.Queues.State;

namespace Stork.Queues.Maintenance;

/// <summary>Goes through one shard's files and lists what does not check out.</summary>
/// <param name="disk">Its folder.</param>
/// <param name="store">The store.</param>
/// <param name="shard">Its number.</param>
/// <param name="known">What is known of the end of its log.</param>
internal sealed class ShardCheck(IDisk disk, Guid store, int shard, JournalEnd? known = null)
{
    private readonly List<StoreFault> _faults = [];
    private readonly List<SegmentReport> _segments = [];

    public IReadOnlyList<StoreFault> Faults => _faults;

    public IReadOnlyList<SegmentReport> Segments => _segments;

    public long Messages { get; private set; }

    public void Run()
    {
        var state = new StateReplay();
        var scan = new JournalScan(disk, store, state, shard, known);
        foreach (var segment in scan.Run())
        {
            var file = NameOf(segment.File ?? JournalFormat.SegmentName(segment.Id));
            foreach (var hole in segment.Holes)
            {
                var kind = hole.Torn ? StoreFaultKind.Torn : StoreFaultKind.Damaged;
                _faults.Add(
                    new StoreFault(
                        kind, file, hole.Offset, hole.Length, (long)hole.FirstLsn, (long)(hole.EndLsn - hole.FirstLsn), hole.What));
            }

            if (segment.File is not null) _segments.Add(Describe(segment, file, state.LiveBytesOf(segment.Id)));
        }

        if (scan.MissingBefore is { } before)
            _faults.Add(
                new StoreFault(
                    StoreFaultKind.Damaged, NameOf(JournalFormat.SegmentName(known!.Value.FirstSegment)), 0, 0, (long)before.FirstLsn,
                    (long)(before.EndLsn - before.FirstLsn), before.What));
        var whole = _faults.TrueForAll(static f => f.Kind == StoreFaultKind.Torn);
        if (state.Misunderstood.Length > 0)
        {
            var at = state.MisunderstoodAt;
            _faults.Add(
                new StoreFault(
                    StoreFaultKind.Damaged, NameOf(JournalFormat.SegmentName(at.Segment)), at.Offset, 0, (long)at.Lsn, 1,
                    state.Misunderstood));
        }
        else if (state.End() is { Length: > 0 } what && whole)
        {
            _faults.Add(new StoreFault(StoreFaultKind.Damaged, StoreDirectory.ShardName(shard), 0, 0, 0, 0, what));
        }

        if (_faults.TrueForAll(static f => f.Kind == StoreFaultKind.Torn)) CheckTotals(state.State);
        foreach (var name in SnapshotFile.Find(disk)) CheckSnapshot(name);
        Messages = state.State.Messages;
    }

    private void CheckSnapshot(string name)
    {
        try
        {
            SnapshotFile.Read(disk, name, store);
        }
        catch (Exception unusable) when (unusable is InvalidDataException or IndexOutOfRangeException or OverflowException)
        {
            var what = $"a snapshot that cannot be used: {unusable.Message}";
            _faults.Add(new StoreFault(StoreFaultKind.Ignored, NameOf(name), 0, 0, 0, 0, what));
        }
    }

    /// <summary>An oldest segment that is gone leaves no hole in the log, but queues that cannot account for what they took.</summary>
    private void CheckTotals(ShardState state)
    {
        foreach (var queue in state.Queues)
        {
            var missing = Operating.CountUnaccounted(queue);
            if (missing == 0) continue;
            var what = $"'{queue.Name}' took {queue.NextSequence - 1} messages and does not account for {missing}";
            _faults.Add(new StoreFault(StoreFaultKind.Damaged, StoreDirectory.ShardName(shard), 0, 0, 0, 0, what));
        }
    }

    private static SegmentReport Describe(ScannedSegment segment, string file, long live) => new()
    {
        File = file,
        Bytes = segment.Length,
        UsedBytes = segment.Used,
        LiveBytes = live,
        Frames = segment.Frames,
        Records = segment.Records,
        FirstLsn = (long)segment.FirstLsn,
        EndLsn = (long)segment.EndLsn,
    };

    private string NameOf(string file) => StoreDirectory.ShardName(shard) + "/" + file;
}
