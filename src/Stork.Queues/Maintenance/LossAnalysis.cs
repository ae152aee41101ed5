using System.Runtime.InteropServices;
using System.Text;
using Stork.Queues.Journal;
using Stork.Queues.Records;

namespace Stork.Queues.Maintenance;

/// <summary>
/// Finds out what is missing from records that are there. A queue gives out its sequences without gaps and in the order of the log, so a
/// message record that comes after a higher one than expected shows which ones are lost; a later record that ends such a message takes it
/// back.
/// </summary>
internal sealed class LossAnalysis : IJournalReplay
{
    private readonly Dictionary<uint, Known> _queues = [];

    public IReadOnlyDictionary<uint, Known> Queues => _queues;

    /// <summary>No ack id from here on was seen.</summary>
    public int AckIdEnd { get; private set; }

    public long WallClock { get; private set; }

    public void BeginFrame(long wallClock) => WallClock = Math.Max(WallClock, wallClock);

    public void Apply(ReadOnlySpan<byte> record, in RecordAddress address)
    {
        var kind = (RecordKind)record[0];
        switch (kind)
        {
            case RecordKind.Message:
                AddMessage(MessageRecord.Read(record));
                break;
            case RecordKind.AckIds:
                AckIdEnd = Math.Max(AckIdEnd, AckIdsRecord.Read(record).Limit);
                break;
            case RecordKind.Remove:
                // Nothing was in it any more, and another queue may have its id from here on.
                _queues.Remove(RemoveRecord.Read(record).Queue);
                break;
            case RecordKind.Queue:
                Define(QueueRecord.Read(record));
                break;
            case RecordKind.Deliver:
                var delivered = DeliverRecord.Read(record);
                Get(delivered.Queue).Mention(delivered.Sequence);
                AckIdEnd = Math.Max(AckIdEnd, Math.Min(delivered.AckId, int.MaxValue - 1) + 1);
                break;
            case RecordKind.Settle:
                var settled = SettleRecord.Read(record);
                Get(settled.Queue).Mention(settled.Sequence);
                Get(settled.Queue).End(settled.Sequence);
                break;
            case RecordKind.Return:
                var returned = ReturnRecord.Read(record);
                Get(returned.Queue).Mention(returned.Sequence);
                break;
            case RecordKind.Purge:
                var purged = PurgeRecord.Read(record);
                Get(purged.Queue).EndUpTo(purged.UpTo);
                break;
            case RecordKind.Device:
                TakeForInbox(DeviceRecord.Read(record).Queue);
                break;
            case RecordKind.DeviceAck:
                TakeForInbox(DeviceAckRecord.Read(record).Queue);
                break;
            case RecordKind.Seek:
                TakeForInbox(SeekRecord.Read(record).Queue);
                break;
            case RecordKind.Pause:
                Get(PauseRecord.Read(record).Queue);
                break;
            case RecordKind.Dedup:
                Get(DedupRecord.Read(record).Queue);
                break;
            case RecordKind.Producer:
                Get(ProducerRecord.Read(record).Queue);
                break;
        }
    }

    private void Define(scoped in QueueRecord record)
    {
        var queue = Get(record.Queue);
        queue.Kind = record.Kind;
        queue.Name = Encoding.UTF8.GetString(record.Name);
        queue.Expect(record.NextSequence);
    }

    /// <summary>Only inboxes have devices, and what is retained.</summary>
    private void TakeForInbox(uint id)
    {
        var queue = Get(id);
        if (queue.Name is null) queue.Kind = QueueKind.Inbox;
    }

    private void AddMessage(in MessageRecord message)
    {
        var queue = Get(message.Queue);
        if (message.Has(MessageFlags.Dead) && queue.Name is null) queue.Kind = QueueKind.DeadLetter;
        if (message.Has(MessageFlags.Copy)) queue.End(message.Sequence);
        else
        {
            if (queue.Next != 0) queue.Expect(message.Sequence);
            else queue.First = message.Sequence;
            queue.Next = message.Sequence + 1;
        }

        if (message.Has(MessageFlags.Moved)) Get(message.FromQueue).End(message.FromSequence);
        if (!message.Has(MessageFlags.Dead)) return;
        var notice = DeathNotice.Read(message.Dead);
        if (!notice.HasName) Get(notice.Queue);
    }

    private Known Get(uint id)
    {
        ref var known = ref CollectionsMarshal.GetValueRefOrAddDefault(_queues, id, out _);
        return known ??= new Known();
    }

    internal sealed class Known
    {
        private readonly List<(long From, long To)> _gaps = [];

        public QueueKind Kind { get; set; } = QueueKind.Work;

        /// <summary>Null: its definition is lost.</summary>
        public string? Name { get; set; }

        /// <summary>The sequence that comes next; 0: nobody knows yet.</summary>
        public long Next { get; set; }

        /// <summary>What was before this sequence is not in the log, or was copied.</summary>
        public long First { get; set; } = 1;

        public IReadOnlyList<(long From, long To)> Gaps => _gaps;

        public long Missing => _gaps.Sum(static g => g.To - g.From + 1);

        /// <summary>The sequences up to this one were given out.</summary>
        public void Expect(long next)
        {
            if (Next == 0) First = next;
            else if (next > Next) _gaps.Add((Next, next - 1));
            Next = Math.Max(Next, next);
        }

        /// <summary>There was such a message, whether its record is here or not.</summary>
        public void Mention(long sequence)
        {
            if (Next != 0 && sequence >= Next) Expect(sequence + 1);
        }

        /// <summary>A message that is missing, or was taken for missing, is settled, or is here.</summary>
        public void End(long sequence)
        {
            var index = _gaps.FindIndex(g => g.From <= sequence && sequence <= g.To);
            if (index < 0) return;
            var (from, to) = _gaps[index];
            _gaps.RemoveAt(index);
            if (sequence < to) _gaps.Insert(index, (sequence + 1, to));
            if (from < sequence) _gaps.Insert(index, (from, sequence - 1));
        }

        public void EndUpTo(long sequence)
        {
            _gaps.RemoveAll(g => g.To <= sequence);
            var index = _gaps.FindIndex(g => g.From <= sequence);
            if (index >= 0) _gaps[index] = (sequence + 1, _gaps[index].To);
        }
    }
}
