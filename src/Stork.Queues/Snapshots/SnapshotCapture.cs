using Stork.Queues.Journal;
using Stork.Queues.Records;
using Stork.Queues.State;

namespace Stork.Queues.Snapshots;

/// <summary>
/// From state to a snapshot of one instant, without standing still for it: queues are written a few at a time, and one that a record is
/// about to change is written before. What changes without a record (a delayed message becomes ready, a retained one goes) follows from the
/// clock after a start, too. <see cref="SnapshotLoader"/> is its counterpart, item by item.
/// </summary>
internal sealed class SnapshotCapture : IQueueObserver
{
    private readonly ShardState _state;
    private readonly SnapshotWriter _writer;

    /// <summary>One bit for each queue that is written.</summary>
    private readonly ulong[] _written;
    private readonly uint _end;
    private uint _next = 1;
    private long _queues;
    private long _entries;

    /// <summary>
    /// Fixes the instant. Until <see cref="Continue"/> has written all, or <see cref="End"/>, it sees every change of a queue.
    /// </summary>
    public SnapshotCapture(ShardState state, IReadOnlyList<Segment> segments, SnapshotWriter writer)
    {
        _state = state;
        _writer = writer;
        _end = (uint)state.IdEnd;
        _written = new ulong[(_end + 63) / 64];

        // An id that is free now may be given out meanwhile, to a queue that is no part of this instant.
        for (var id = 0u; id < _end; id++)
            if (state.Peek(id) is null) MarkWritten(id);
        WriteSegments(segments);
        WriteAckIds();
        WriteClock();
        WriteDue(state.Due, SnapshotItem.Due);
        WriteDue(state.DueByWallClock, SnapshotItem.DueByWallClock);
        state.Observer = this;
    }

    /// <summary>Writes on until about this many entries are written; true if that was all.</summary>
    public bool Continue(int budget)
    {
        for (; _next < _end && budget > 0 && !_writer.IsBusy; _next++)
        {
            if (_state.Peek(_next) is not { } queue) continue;
            budget -= 1 + (queue.Entries.Count / 4);
            _state.Volatile.Steps++;
            BeforeChange(queue);
        }

        if (_next < _end) return false;
        _writer.Items.Byte((byte)SnapshotItem.End);
        _writer.Items.Number(_queues);
        _writer.Items.Number(_entries);
        _writer.EndItem();
        End();
        _state.Volatile.Steps++;
        return true;
    }

    public void End() => _state.Observer = null;

    /// <summary>Writes the queue unless it is written, or came into being after the instant.</summary>
    public void BeforeChange(QueueState queue)
    {
        if (queue.Id >= _end || (_written[queue.Id / 64] & (1UL << (int)(queue.Id % 64))) != 0) return;
        MarkWritten(queue.Id);
        WriteQueue(queue);
    }

    private void MarkWritten(uint id) => _written[id / 64] |= 1UL << (int)(id % 64);

    private void WriteSegments(IReadOnlyList<Segment> segments)
    {
        for (var from = 0; from < segments.Count; from += SnapshotFormat.ChunkItems)
        {
            var count = Math.Min(SnapshotFormat.ChunkItems, segments.Count - from);
            _writer.Items.Byte((byte)SnapshotItem.Segments);
            _writer.Items.Number(count);
            for (var i = from; i < from + count; i++)
            {
                _writer.Items.Varint(segments[i].Id);
                _writer.Items.Number(segments[i].Used);
            }

            _writer.EndItem();
        }
    }

    private void WriteAckIds()
    {
        _writer.Items.Byte((byte)SnapshotItem.AckIds);
        _writer.Items.Number(_state.AckIdLimit);
        _writer.Items.Varint(_state.AckIdSegment);
        _writer.EndItem();
    }

    private void WriteClock()
    {
        var wall = _state.Wall;
        if (wall.Shift == 0 && wall.JumpedAt == 0) return;
        _writer.Items.Byte((byte)SnapshotItem.Clock);
        _writer.Items.Signed(wall.Shift);
        _writer.Items.Number(wall.JumpedAt);
        _writer.Items.Varint(wall.Segment);
        _writer.EndItem();
    }

    private void WriteDue(PriorityQueue<DueMessage, long> waiting, SnapshotItem item)
    {
        var items = _writer.Items;
        foreach (var (due, at) in waiting.UnorderedItems)
        {
            if (_state.Peek(due.Queue.Id) != due.Queue) continue;
            items.Byte((byte)item);
            items.Varint(due.Queue.Id);
            items.Number(due.Sequence);
            items.Fixed64(due.Lane);
            items.Number(at);
            _writer.EndItem();
        }
    }

    private void WriteQueue(QueueState queue)
    {
        var items = _writer.Items;
        items.Byte((byte)SnapshotItem.Queue);
        items.Varint(queue.Id);
        items.Byte((byte)queue.Kind);
        items.Bytes(queue.Utf8Name);
        items.Number(queue.NextSequence);
        items.Byte(queue.Paused ? (byte)1 : (byte)0);
        queue.Totals.Write(items);
        items.Varint(queue.LastActive);
        items.Varint(queue.StateSegment);
        _writer.EndItem();
        _queues++;
        WriteEntries(queue);
        if (queue.Work is { } work) WriteWork(work);
    }

    private void WriteEntries(QueueState queue)
    {
        ref var entries = ref queue.Entries;
        _entries += entries.Live;
        var items = _writer.Items;
        var index = 0;
        for (var left = entries.Live; left > 0;)
        {
            var count = Math.Min(left, SnapshotFormat.ChunkItems);
            left -= count;
            items.Byte((byte)SnapshotItem.Entries);
            items.Number(count);

            // Neighbours are mostly alike, so each number is the difference from the one before.
            long sequence = 0, segment = 0, expiry = 0;
            for (; count > 0; index++)
            {
                ref var entry = ref entries.At(index);
                if (entry.State == MessageState.None) continue;
                count--;
                items.Number(entries.SequenceAt(index) - sequence);
                sequence = entries.SequenceAt(index);
                items.Byte(BitsOf(in entry));
                items.Signed(entry.Segment - segment);
                segment = entry.Segment;
                items.Varint(entry.Offset);
                items.Number(entry.Size / Entry.SizeUnit);
                if (entry.Priority != 0) items.Byte((byte)entry.Priority);
                if (entry.Expiry == 0) continue;
                items.Signed(entry.Expiry - expiry);
                expiry = entry.Expiry;
            }

            _writer.EndItem();
        }
    }

    private static byte BitsOf(in Entry entry) =>
        (byte)((int)entry.State | (entry.Laned ? SnapshotFormat.LanedBit : 0) | (entry.Expiry != 0 ? SnapshotFormat.ExpiryBit : 0)
            | (entry.Priority != 0 ? SnapshotFormat.PriorityBit : 0) | (entry.ByWallClock ? SnapshotFormat.ByWallClockBit : 0));

    private void WriteWork(QueueWork work)
    {
        foreach (var lane in work.Lanes?.Values ?? Enumerable.Empty<Lane>())
            foreach (var chunk in lane.Sequences.Chunk(SnapshotFormat.ChunkItems))
            {
                _writer.Items.Byte((byte)SnapshotItem.Lane);
                _writer.Items.Fixed64(lane.Hash);
                WriteSequences(chunk);
            }

        foreach (var sequence in work.Extras.Sequences)
            if (work.Extras.TryGet(sequence, out var extra)) WriteExtra(sequence, extra);
        WriteProducers(work);
        foreach (var (hash, sequence) in work.Collapse ?? Enumerable.Empty<KeyValuePair<UInt128, long>>())
        {
            _writer.Items.Byte((byte)SnapshotItem.Collapse);
            IdHash.Write(hash, _writer.Items);
            _writer.Items.Number(sequence);
            _writer.EndItem();
        }

        foreach (var device in work.Devices ?? Enumerable.Empty<Device>()) WriteDevice(device);
    }

    private void WriteExtra(long sequence, MessageExtra extra)
    {
        var items = _writer.Items;
        items.Byte((byte)SnapshotItem.Extra);
        items.Number(sequence);
        items.Number(extra.Failures);
        items.Number(extra.Deliveries);
        items.Number(extra.DueAt);
        items.Byte((byte)((extra.Isolated ? 1 : 0) | (extra.Lane is not null ? 2 : 0)));
        if (extra.Lane is not null) items.Fixed64(extra.Lane.Hash);
        KnownAttempt.WriteAll(extra.DescribeAttempts(), items);
        PastAttempt.WriteAll(extra.History, items);
        _writer.EndItem();
    }

    private void WriteProducers(QueueWork work)
    {
        var items = _writer.Items;
        foreach (var (hash, seen) in work.Dedup?.InOrder ?? [])
        {
            items.Byte((byte)SnapshotItem.Dedup);
            IdHash.Write(hash, items);
            items.Id(seen.Id);
            items.Number(seen.Sequence);
            items.Number(seen.Until);
            _writer.EndItem();
        }

        foreach (var (name, mark) in work.Producers ?? Enumerable.Empty<KeyValuePair<string, ProducerMark>>())
        {
            items.Byte((byte)SnapshotItem.Producer);
            items.Text(name);
            items.Number(mark.Number);
            items.Id(mark.Id);
            items.Number(mark.Sequence);
            _writer.EndItem();
        }
    }

    private void WriteDevice(Device device)
    {
        var items = _writer.Items;
        items.Byte((byte)SnapshotItem.Device);
        items.Number(device.Index);
        items.Number(device.Start);
        items.Text(device.Name);
        items.Number(device.LastActive);
        items.Varint(device.StateSegment);
        _writer.EndItem();
        foreach (var chunk in device.Acked.Chunk(SnapshotFormat.ChunkItems))
        {
            items.Byte((byte)SnapshotItem.DeviceAcks);
            items.Number(device.Index);
            WriteSequences(chunk);
        }
    }

    private void WriteSequences(long[] sequences)
    {
        _writer.Items.Number(sequences.Length);
        foreach (var sequence in sequences) _writer.Items.Number(sequence);
        _writer.EndItem();
    }
}
