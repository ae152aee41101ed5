using System.Runtime.CompilerServices;
using Stork.Queues.Journal;
using Stork.Queues.Records;
using Stork.Queues.State;

namespace Stork.Queues.Snapshots;

/// <summary>
/// From a snapshot to state: what the records up to its point would have made. Part of recovery; the counterpart of
/// <see cref="SnapshotCapture"/>, item by item.
/// </summary>
/// <param name="applier">With a state that is still empty.</param>
/// <param name="file">The snapshot.</param>
internal sealed class SnapshotLoader(RecordApplier applier, SnapshotFile file)
{
    private readonly ShardState _state = applier.State;
    private readonly HashSet<(uint Queue, long Sequence)> _due = [];

    /// <exception cref="SnapshotRejectedException">It says what cannot be. The state is of no use then.</exception>
    public void Load()
    {
        applier.BeginFrame(file.Header.WallClock);
        QueueState? queue = null;
        var ended = false;
        long queues = 0, entries = 0;
        for (var i = 0; i < file.Blocks; i++)
        {
            var reader = new RecordReader(file.Block(i));
            while (!reader.AtEnd)
            {
                if (ended) throw new SnapshotRejectedException("items after its end");
                var item = (SnapshotItem)reader.Byte();
                if (item == SnapshotItem.Queue)
                {
                    queue = LoadQueue(ref reader);
                    queues++;
                }
                else if (item == SnapshotItem.End)
                {
                    ended = reader.Number() == queues && reader.Number() == entries;
                    if (!ended) throw new SnapshotRejectedException("its numbers do not add up");
                }
                else if (queue is null) LoadGlobal(item, ref reader);
                else if (item == SnapshotItem.Entries) entries += LoadEntries(queue, ref reader);
                else LoadWork(item, queue, ref reader);
            }
        }

        if (!ended) throw new SnapshotRejectedException("it has no end");
    }

    /// <summary>
    /// Everything that is waiting has its record in a segment that is there. Asked when the records behind the snapshot are applied, too.
    /// </summary>
    public static void CheckAddresses(ShardState state)
    {
        foreach (var queue in state.Queues)
            for (var i = 0; i < queue.Entries.Count; i++)
            {
                ref var entry = ref queue.Entries.At(i);
                if (entry.State == MessageState.None || state.Live.Has(entry.Segment)) continue;
                throw new SnapshotRejectedException(
                    $"message {queue.Entries.SequenceAt(i)} of '{queue.Name}' is in segment {entry.Segment}, which is not there");
            }
    }

    private void LoadGlobal(SnapshotItem item, ref RecordReader reader)
    {
        switch (item)
        {
            case SnapshotItem.Segments:
                for (var count = 2 * reader.Count(SnapshotFormat.ChunkItems); count > 0; count--) reader.Varint();
                break;
            case SnapshotItem.AckIds:
                _state.AckIdLimit = reader.Count(int.MaxValue);
                _state.AckIdSegment = checked((uint)reader.Varint());
                break;
            case SnapshotItem.Clock:
                var shift = reader.Signed();
                _state.Wall.Set(shift, reader.Number(), checked((uint)reader.Varint()));
                break;
            case SnapshotItem.Due:
                LoadDue(_state.Due, ref reader);
                break;
            case SnapshotItem.DueByWallClock:
                LoadDue(_state.DueByWallClock, ref reader);
                break;
            default:
                throw new SnapshotRejectedException($"it has an item of kind {(byte)item} outside a queue");
        }
    }

    private void LoadDue(PriorityQueue<DueMessage, long> waiting, ref RecordReader reader)
    {
        var due = new DueMessage(applier.Queues.GetOrAdd(checked((uint)reader.Varint())), reader.Number(), reader.Fixed64());
        waiting.Enqueue(due, reader.Number());
        _due.Add((due.Queue.Id, due.Sequence));
    }

    private QueueState LoadQueue(ref RecordReader reader)
    {
        var queue = applier.Queues.GetOrAdd(checked((uint)reader.Varint()));
        if (queue.HasName) throw new SnapshotRejectedException($"it has queue {queue.Id} twice");
        queue.Kind = (QueueKind)reader.Byte();
        _state.Names.Add(queue, reader.Bytes());
        queue.NextSequence = reader.Number();
        queue.Paused = reader.Byte() != 0;
        queue.Totals = QueueTotals.Read(ref reader);
        queue.LastActive = checked((uint)reader.Varint());
        queue.StateSegment = checked((uint)reader.Varint());
        return queue;
    }

    private int LoadEntries(QueueState queue, ref RecordReader reader)
    {
        var count = reader.Count(SnapshotFormat.ChunkItems);
        long sequence = 0, segment = 0, expiry = 0;
        for (var i = 0; i < count; i++)
        {
            sequence += reader.Number();
            var bits = reader.Byte();
            segment += reader.Signed();
            var offset = checked((uint)reader.Varint());
            var size = reader.Count(int.MaxValue / Entry.SizeUnit) * Entry.SizeUnit;
            var priority = (bits & SnapshotFormat.PriorityBit) != 0 ? reader.Byte() : 0;
            if (sequence <= queue.Entries.LastSequence || sequence >= queue.NextSequence)
                throw new SnapshotRejectedException($"sequence {sequence} of queue {queue.Id} is out of order");
            ref var entry = ref queue.Entries.Append(sequence);
            entry.Segment = checked((uint)segment);
            entry.Offset = offset;
            entry.Describe(priority, (bits & SnapshotFormat.LanedBit) != 0, size);
            entry.ByWallClock = (bits & SnapshotFormat.ByWallClockBit) != 0;
            if ((bits & SnapshotFormat.ExpiryBit) != 0)
            {
                expiry += reader.Signed();
                entry.Expiry = checked((uint)expiry);
                if (!entry.ByWallClock) applier.Placement.ExpireBy(queue, entry.Expiry);
            }

            entry.State = MessageState.Ready;
            Placement.ChangeState(queue, ref entry, (MessageState)(bits & SnapshotFormat.StateBits));
            Admit(queue, in entry, sequence);
        }

        return count;
    }

    private void Admit(QueueState queue, in Entry entry, long sequence)
    {
        if (entry.State == MessageState.None) throw new SnapshotRejectedException("an entry without a state");
        if (entry.State != MessageState.Retained) queue.Bytes += entry.Size;
        if (entry is { State: MessageState.Ready, Priority: > 0, Laned: false }) queue.Busy.Volatile.Line.Push(sequence, entry.Priority);
        _state.Live.Add(entry.Segment, entry.Size);

        // It waited for something that is no record, for bytes that could not be read: it may try again.
        if (entry.State == MessageState.Scheduled && !_due.Contains((queue.Id, sequence)))
            _state.Due.Enqueue(new DueMessage(queue, sequence, 0), 0);
    }

    private void LoadWork(SnapshotItem item, QueueState queue, ref RecordReader reader)
    {
        switch (item)
        {
            case SnapshotItem.Lane:
                var lane = Lanes.GetOrAdd(queue, reader.Fixed64());
                for (var count = reader.Count(SnapshotFormat.ChunkItems); count > 0; count--) lane.Add(reader.Number());
                break;
            case SnapshotItem.Extra:
                LoadExtra(queue, ref reader);
                break;
            case SnapshotItem.Dedup:
                var id = IdHash.Read(ref reader);
                applier.Queues.AddDedup(queue, id, new DedupTable.Seen(reader.Id(), reader.Number(), reader.Number()));
                break;
            case SnapshotItem.Producer:
                var producer = reader.Text();
                applier.Queues.AddProducer(queue, producer, new ProducerMark(reader.Number(), reader.Id(), reader.Number()));
                break;
            case SnapshotItem.Collapse:
                var key = IdHash.Read(ref reader);
                (queue.Busy.Collapse ??= new CollapseTable()).Set(key, reader.Number());
                break;
            case SnapshotItem.Device:
                LoadDevice(queue, ref reader);
                break;
            case SnapshotItem.DeviceAcks:
                var index = reader.Count(int.MaxValue);
                var device = queue.Work?.Devices?.Find(index)
                    ?? throw new SnapshotRejectedException($"device {index} of queue {queue.Id} is not defined");
                for (var count = reader.Count(SnapshotFormat.ChunkItems); count > 0; count--) device.Acknowledge(reader.Number());
                break;
            default:
                throw new SnapshotRejectedException($"it has an item of kind {(byte)item} in a queue");
        }
    }

    private void LoadExtra(QueueState queue, ref RecordReader reader)
    {
        var sequence = reader.Number();
        if (Unsafe.IsNullRef(ref queue.Find(sequence)))
            throw new SnapshotRejectedException($"message {sequence} of queue {queue.Id} is handed out but not there");
        var extra = new MessageExtra
        {
            Failures = reader.Count(int.MaxValue),
            Deliveries = reader.Count(int.MaxValue),
            DueAt = reader.Number(),
        };
        var flags = reader.Byte();
        extra.Isolated = (flags & 1) != 0;
        if ((flags & 2) != 0) extra.Lane = Lanes.GetOrAdd(queue, reader.Fixed64());
        applier.Messages.RestoreAttempts(queue, sequence, extra, KnownAttempt.ReadAll(ref reader));
        extra.History = PastAttempt.ReadAll(ref reader);
        queue.Busy.Extras.Set(sequence, extra);
    }

    private static void LoadDevice(QueueState queue, ref RecordReader reader)
    {
        var (index, start, name) = (reader.Count(int.MaxValue), reader.Number(), reader.Text());
        (queue.Busy.Devices ??= new DeviceTable()).Add(new Device(index, name, start)
        {
            LastActive = reader.Number(),
            StateSegment = checked((uint)reader.Varint()),
        });
    }
}
