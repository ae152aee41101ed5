using System.Runtime.CompilerServices;
using Stork.Queues.Records;
using Stork.Queues.Snapshots;

namespace Stork.Queues.Core;

/// <summary>
/// From state to a snapshot of one instant, without standing still for it: queues are written a few at a time, and one that a record is about to
/// change is written before. What changes without a record (a delayed message becomes ready, a retained one goes) follows from the clock after a
/// start, too.
/// </summary>
internal sealed partial class ShardCore
{
    private SnapshotWriter? _snapshot;

    /// <summary>One bit for each queue that is written.</summary>
    private ulong[] _written = [];
    private int _snapshotQueues;
    private int _snapshotNext;
    private long _snapshotDefined;
    private long _snapshotEntries;

    public void BeginSnapshot(SnapshotWriter writer)
    {
        _snapshot = writer;
        _snapshotQueues = _queues.Count;
        _snapshotNext = 1;
        _snapshotDefined = _snapshotEntries = 0;
        _written = new ulong[(_queues.Count + 63) / 64];

        // An id that is free now may be given out meanwhile, to a queue that is no part of this instant.
        for (var id = 0; id < _queues.Count; id++)
            if (_queues[id] is null) MarkWritten((uint)id);
        WriteSegments(writer);
        var items = writer.Items;
        items.Byte((byte)SnapshotItem.AckIds);
        items.Number(_ackIdLimit);
        items.Varint(_ackIdSegment);
        writer.EndItem();
        if (Wall.Shift != 0 || Wall.JumpedAt != 0)
        {
            items.Byte((byte)SnapshotItem.Clock);
            items.Signed(Wall.Shift);
            items.Number(Wall.JumpedAt);
            items.Varint(Wall.Segment);
            writer.EndItem();
        }

        WriteDue(_due, SnapshotItem.Due, writer);
        WriteDue(_dueByWallClock, SnapshotItem.DueByWallClock, writer);
    }

    private void WriteDue(PriorityQueue<DueMessage, long> waiting, SnapshotItem item, SnapshotWriter writer)
    {
        var items = writer.Items;
        foreach (var (due, at) in waiting.UnorderedItems)
        {
            if (Peek(due.Queue.Id) != due.Queue) continue;
            items.Byte((byte)item);
            items.Varint(due.Queue.Id);
            items.Number(due.Sequence);
            items.Fixed64(due.Lane);
            items.Number(at);
            writer.EndItem();
        }
    }

    /// <summary>Writes on until about this many entries are written; true if that was all.</summary>
    public bool ContinueSnapshot(int budget)
    {
        var writer = _snapshot!;
        for (; _snapshotNext < _snapshotQueues && budget > 0 && !writer.IsBusy; _snapshotNext++)
        {
            if (_queues[_snapshotNext] is not { } queue) continue;
            budget -= 1 + (queue.Entries.Count / 4);
            Steps++;
            WriteOnce(queue);
        }

        if (_snapshotNext < _snapshotQueues) return false;
        writer.Items.Byte((byte)SnapshotItem.End);
        writer.Items.Number(_snapshotDefined);
        writer.Items.Number(_snapshotEntries);
        writer.EndItem();
        EndSnapshot();
        Steps++;
        return true;
    }

    public void EndSnapshot()
    {
        _snapshot = null;
        _written = [];
    }

    /// <summary>Called before a queue changes.</summary>
    private void WriteOnce(QueueState queue)
    {
        if (_snapshot is null || queue.Id >= _snapshotQueues || (_written[queue.Id / 64] & (1UL << (int)(queue.Id % 64))) != 0) return;
        MarkWritten(queue.Id);
        WriteQueue(queue, _snapshot);
    }

    private void MarkWritten(uint id) => _written[id / 64] |= 1UL << (int)(id % 64);

    private void WriteSegments(SnapshotWriter writer)
    {
        for (var from = 0; from < _journal.Segments.Count; from += SnapshotFormat.ChunkItems)
        {
            var count = Math.Min(SnapshotFormat.ChunkItems, _journal.Segments.Count - from);
            writer.Items.Byte((byte)SnapshotItem.Segments);
            writer.Items.Number(count);
            for (var i = from; i < from + count; i++)
            {
                writer.Items.Varint(_journal.Segments[i].Id);
                writer.Items.Number(_journal.Segments[i].Used);
            }

            writer.EndItem();
        }
    }

    private void WriteQueue(QueueState queue, SnapshotWriter writer)
    {
        var items = writer.Items;
        items.Byte((byte)SnapshotItem.Queue);
        items.Varint(queue.Id);
        items.Byte((byte)queue.Kind);
        items.Bytes(queue.Utf8Name);
        items.Number(queue.NextSequence);
        items.Byte(queue.Paused ? (byte)1 : (byte)0);
        queue.Totals.Write(items);
        items.Varint(queue.LastActive);
        items.Varint(queue.StateSegment);
        writer.EndItem();
        _snapshotDefined++;
        WriteEntries(queue, writer);
        if (queue.Work is { } work) WriteWork(work, writer);
    }

    private void WriteEntries(QueueState queue, SnapshotWriter writer)
    {
        ref var entries = ref queue.Entries;
        _snapshotEntries += entries.Live;
        var items = writer.Items;
        var index = 0;
        for (var left = entries.Live; left > 0;)
        {
            var count = Math.Min(left, SnapshotFormat.ChunkItems);
            left -= count;
            items.Byte((byte)SnapshotItem.Entries);
            items.Number(count);
            long sequence = 0, segment = 0, expiry = 0;
            for (; count > 0; index++)
            {
                ref var entry = ref entries.At(index);
                if (entry.State == MessageState.None) continue;
                count--;
                items.Number(entries.SequenceAt(index) - sequence);
                sequence = entries.SequenceAt(index);
                items.Byte((byte)((int)entry.State | (entry.Laned ? 0x10 : 0) | (entry.Expiry != 0 ? 0x20 : 0) | (entry.Priority != 0 ? 0x40 : 0) | (entry.ByWallClock ? 0x80 : 0)));
                items.Signed(entry.Segment - segment);
                segment = entry.Segment;
                items.Varint(entry.Offset);
                items.Number(entry.Size / Entry.SizeUnit);
                if (entry.Priority != 0) items.Byte((byte)entry.Priority);
                if (entry.Expiry == 0) continue;
                items.Signed(entry.Expiry - expiry);
                expiry = entry.Expiry;
            }

            writer.EndItem();
        }
    }

    private static void WriteWork(QueueWork work, SnapshotWriter writer)
    {
        var items = writer.Items;
        foreach (var lane in work.Lanes?.Values ?? Enumerable.Empty<Lane>())
            foreach (var chunk in lane.Sequences.Chunk(SnapshotFormat.ChunkItems))
            {
                items.Byte((byte)SnapshotItem.Lane);
                items.Fixed64(lane.Hash);
                WriteSequences(chunk, writer);
            }

        foreach (var sequence in work.Extras.Sequences)
        {
            if (!work.Extras.TryGet(sequence, out var extra)) continue;
            items.Byte((byte)SnapshotItem.Extra);
            items.Number(sequence);
            items.Number(extra.Failures);
            items.Number(extra.Deliveries);
            items.Number(extra.DueAt);
            items.Byte((byte)((extra.Isolated ? 1 : 0) | (extra.Lane is not null ? 2 : 0)));
            if (extra.Lane is not null) items.Fixed64(extra.Lane.Hash);
            KnownAttempt.WriteAll(extra.DescribeAttempts(), items);
            PastAttempt.WriteAll(extra.History, items);
            writer.EndItem();
        }

        foreach (var (hash, seen) in work.Dedup?.InOrder ?? [])
        {
            WriteHash(SnapshotItem.Dedup, hash, items);
            items.Id(seen.Id);
            items.Number(seen.Sequence);
            items.Number(seen.Until);
            writer.EndItem();
        }

        foreach (var (name, mark) in work.Producers ?? [])
        {
            items.Byte((byte)SnapshotItem.Producer);
            items.Text(name);
            items.Number(mark.Number);
            items.Id(mark.Id);
            items.Number(mark.Sequence);
            writer.EndItem();
        }

        foreach (var (hash, sequence) in work.Collapse ?? [])
        {
            WriteHash(SnapshotItem.Collapse, hash, items);
            items.Number(sequence);
            writer.EndItem();
        }

        foreach (var device in work.Devices ?? []) WriteDevice(device, writer);
    }

    private static void WriteDevice(Device device, SnapshotWriter writer)
    {
        var items = writer.Items;
        items.Byte((byte)SnapshotItem.Device);
        items.Number(device.Index);
        items.Number(device.Start);
        items.Text(device.Name);
        items.Number(device.LastActive);
        items.Varint(device.StateSegment);
        writer.EndItem();
        foreach (var chunk in device.Acked.Chunk(SnapshotFormat.ChunkItems))
        {
            items.Byte((byte)SnapshotItem.DeviceAcks);
            items.Number(device.Index);
            WriteSequences(chunk, writer);
        }
    }

    private static void WriteHash(SnapshotItem item, UInt128 hash, Journal.FrameBuilder items)
    {
        items.Byte((byte)item);
        IdHash.Write(hash, items);
    }

    private static void WriteSequences(long[] sequences, SnapshotWriter writer)
    {
        writer.Items.Number(sequences.Length);
        foreach (var sequence in sequences) writer.Items.Number(sequence);
        writer.EndItem();
    }
}
