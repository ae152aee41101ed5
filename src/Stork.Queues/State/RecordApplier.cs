using Stork.Queues.Journal;
using Stork.Queues.Records;

namespace Stork.Queues.State;

/// <summary>
/// From records to state: the only way, with what belongs to it, by which records become something that rules see. No option, clock or
/// random number enters here: the same records give the same state, whether they were just written or are read back.
/// </summary>
/// <remarks>
/// In recovery what reclaim wrote anew comes behind records that came later, for messages that may have no other record any more. So
/// entries out of order are kept aside until <see cref="EndReplay"/>, devices may acknowledge before they are registered, and records about
/// messages that are not there are passed over: either these were settled, or their copy comes later and carries what the record says.
/// </remarks>
internal sealed class RecordApplier : IJournalReplay
{
    private readonly ShardState _state;
    private readonly OutcomeApplier _outcomes;
    private readonly DeviceApplier _devices;

    public RecordApplier(ShardState state)
    {
        _state = state;
        Placement = new Placement(state);
        Queues = new QueueApplier(state, Placement);
        _outcomes = new OutcomeApplier(state, Queues, Placement);
        Messages = new MessageApplier(state, Queues, Placement, _outcomes);
        _devices = new DeviceApplier(state, Queues, Placement, _outcomes);
    }

    public ShardState State => _state;

    public Placement Placement { get; }

    public QueueApplier Queues { get; }

    public MessageApplier Messages { get; }

    public void BeginFrame(long wallClock) => _state.AdvanceTo(wallClock);

    public void Apply(ReadOnlySpan<byte> record, in RecordAddress address)
    {
        switch ((RecordKind)record[0])
        {
            case RecordKind.Message: Messages.Apply(record, address); break;
            case RecordKind.Deliver: _outcomes.Deliver(DeliverRecord.Read(record), address.Lsn); break;
            case RecordKind.Settle: Settle(SettleRecord.Read(record)); break;
            case RecordKind.Return: _outcomes.Return(ReturnRecord.Read(record)); break;
            case RecordKind.Queue: Queues.Define(QueueRecord.Read(record), address.Segment); break;
            case RecordKind.Pause: Queues.Pause(PauseRecord.Read(record)); break;
            case RecordKind.Remove: Queues.Remove(RemoveRecord.Read(record)); break;
            case RecordKind.Purge: _outcomes.Purge(PurgeRecord.Read(record)); break;
            case RecordKind.Seek: Seek(SeekRecord.Read(record)); break;
            case RecordKind.Dedup: Remember(DedupRecord.Read(record)); break;
            case RecordKind.Producer: Remember(ProducerRecord.Read(record)); break;
            case RecordKind.Device: _devices.Change(DeviceRecord.Read(record), address.Segment); break;
            case RecordKind.DeviceAck: _devices.Acknowledge(DeviceAckRecord.Read(record)); break;
            case RecordKind.AckIds: Reserve(AckIdsRecord.Read(record), address.Segment); break;
            case RecordKind.Clock: Shift(ClockRecord.Read(record), address.Segment); break;
            case RecordKind.Mark or RecordKind.Footer: break;
            default:
                if (record[0] < JournalFormat.OptionalKind)
                    throw new InvalidDataException($"record kind {record[0]} is not known to this version");
                break;
        }
    }

    /// <summary>All records are read back: brings what came out of order into order.</summary>
    /// <exception cref="JournalDamagedException">They do not fit together.</exception>
    public void EndReplay()
    {
        _state.IsReplaying = false;
        for (var id = 1u; id < _state.IdEnd; id++)
        {
            if (_state.Peek(id) is not { } queue) continue;
            if (!queue.HasName) throw new JournalDamagedException("", 0, 0, $"queue {id} is used but not defined");
            if (queue.Work is { Late: { Count: > 0 } late } work)
            {
                queue.Entries.Merge([.. late.Select(static pair => (pair.Key, pair.Value))]);
                work.Late = null;
                RestoreHints(queue);
            }

            Lanes.Rebuild(queue);
            queue.Work?.Devices?.RemoveUnnamed();
            queue.Trim();
        }

        // Ids that can be given out again, lowest first. Records of a former queue are all before the one that removed it.
        _state.FreeIds.Clear();
        for (var id = (uint)_state.IdEnd - 1; id > 0; id--)
            if (_state.Peek(id) is null) _state.FreeIds.Push(id);
        _state.AckIdLimit = Math.Max(_state.AckIdLimit, _state.AckIds.First);
    }

    private static void RestoreHints(QueueState queue)
    {
        for (var i = 0; i < queue.Entries.Count; i++)
        {
            ref var entry = ref queue.Entries.At(i);
            if (entry is { State: MessageState.Ready, Priority: > 0, Laned: false })
                queue.Busy.Volatile.Line.Push(queue.Entries.SequenceAt(i), entry.Priority);
        }
    }

    private void Settle(SettleRecord record) => _outcomes.Settle(Queues.Use(record.Queue), record.Sequence, record.How, record.RetainUntil);

    private void Seek(SeekRecord record) => _outcomes.Seek(Queues.Use(record.Queue), record.From, record.Count);

    private void Remember(DedupRecord record) =>
        Queues.AddDedup(Queues.GetOrAdd(record.Queue), record.Hash, new DedupTable.Seen(record.Id, record.Sequence, record.Until));

    private void Remember(ProducerRecord record)
    {
        var mark = new ProducerMark(record.Number, record.Id, record.Sequence);
        Queues.AddProducer(Queues.GetOrAdd(record.Queue), record.Producer, mark);
    }

    private void Reserve(AckIdsRecord record, uint segment) => (_state.AckIdLimit, _state.AckIdSegment) = (record.Limit, segment);

    private void Shift(ClockRecord record, uint segment) => _state.Wall.Set(record.Shift, record.JumpedAt, segment);
}
