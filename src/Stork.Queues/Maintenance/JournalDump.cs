using System.Globalization;
using System.Text;
using Stork.Queues.Journal;
using Stork.Queues.Records;
using Stork.Queues.Shards;

namespace Stork.Queues.Maintenance;

/// <summary>Writes a journal as text, one record a line: for people who look for what happened.</summary>
internal sealed class JournalDump(IDisk disk, Guid store, int shard, JournalEnd? known, TextWriter output) : IJournalReplay
{
    private readonly string _folder = StoreDirectory.ShardName(shard);
    private uint _segment;

    public void Run()
    {
        if (known is { } end)
        {
            var upTo = Text($"{JournalFormat.SegmentName(end.Segment)}+{end.Offset}");
            Line($"{_folder}: records below {end.Lsn} are known to be durable, up to {upTo}");
        }

        var scan = new JournalScan(disk, store, this, shard, known);
        foreach (var segment in scan.Run())
        {
            var file = segment.File ?? JournalFormat.SegmentName(segment.Id);
            var records = Text($"{segment.Records} records from {segment.FirstLsn}");
            Line($"{_folder}/{file}: {segment.Frames} frames, {records}, {segment.Used} of {segment.Length} bytes used");
            foreach (var hole in segment.Holes)
            {
                var lost = Text($"{hole.EndLsn - hole.FirstLsn} records from {hole.FirstLsn}");
                Line($"{_folder}/{file}+{hole.Offset} {(hole.Torn ? "TORN" : "DAMAGED")} {hole.Length} bytes, {lost}: {hole.What}");
            }
        }

        if (scan.MissingBefore is not { } before) return;
        Line($"{_folder} DAMAGED {before.EndLsn - before.FirstLsn} records from {before.FirstLsn}: {before.What}");
    }

    public void BeginFrame(long wallClock) => Line($"-- {DateTimeOffset.FromUnixTimeMilliseconds(wallClock):yyyy-MM-ddTHH:mm:ss.fffZ}");

    public void Apply(ReadOnlySpan<byte> record, in RecordAddress address)
    {
        if (_segment != address.Segment) Line($"{_folder}/{JournalFormat.SegmentName(_segment = address.Segment)}");
        string fields;
        try
        {
            fields = Fields((RecordKind)record[0], record);
        }
        catch (Exception failure) when (failure is InvalidDataException or ArgumentException or IndexOutOfRangeException
            or OverflowException)
        {
            fields = $"cannot be read: {failure.Message}";
        }

        Line($"{address.Offset,10} {address.Lsn,12} {(RecordKind)record[0],-9} {fields}");
    }

    private static string Fields(RecordKind kind, ReadOnlySpan<byte> record) => kind switch
    {
        RecordKind.Message => Describe(MessageRecord.Read(record)),
        RecordKind.Queue => Describe(QueueRecord.Read(record)),
        RecordKind.Deliver => Describe(DeliverRecord.Read(record)),
        RecordKind.Settle => Describe(SettleRecord.Read(record)),
        RecordKind.Return => Describe(ReturnRecord.Read(record)),
        RecordKind.Purge => Describe(PurgeRecord.Read(record)),
        RecordKind.Seek => Describe(SeekRecord.Read(record)),
        RecordKind.Pause => Describe(PauseRecord.Read(record)),
        RecordKind.Remove => Text($"queue {RemoveRecord.Read(record).Queue}"),
        RecordKind.AckIds => Text($"below {AckIdsRecord.Read(record).Limit}"),
        RecordKind.Dedup => Describe(DedupRecord.Read(record)),
        RecordKind.Producer => Describe(ProducerRecord.Read(record)),
        RecordKind.Device => Describe(DeviceRecord.Read(record)),
        RecordKind.DeviceAck => Describe(DeviceAckRecord.Read(record)),
        RecordKind.Clock => Describe(ClockRecord.Read(record)),
        _ => Text($"{record.Length} bytes"),
    };

    private static string Describe(in MessageRecord message)
    {
        var moved = message.Has(MessageFlags.Moved)
            ? Text($" from {message.FromQueue}/{message.FromSequence} {(SettleKind)message.FromHow}") : "";
        return Text($"{message.Queue}/{message.Sequence} {message.Id} [{message.Flags}] {message.Body.Length} bytes{moved}");
    }

    private static string Describe(scoped in QueueRecord it)
    {
        var totals = it.Totals;
        return Text($"queue {it.Queue} {it.Kind} \"{Encoding.UTF8.GetString(it.Name)}\" next {it.NextSequence} ")
            + Text($"paused {(it.Paused ? 1 : 0)} ")
            + Text($"acked {totals.Acked} expired {totals.Expired} dropped {totals.Dropped} ")
            + Text($"dead {totals.DeadLettered} purged {totals.Purged} redriven {totals.Redriven}");
    }

    private static string Describe(scoped in DeliverRecord it) => Text($"{it.Queue}/{it.Sequence} ack id {it.AckId}");

    private static string Describe(SettleRecord it) => Text($"{it.Queue}/{it.Sequence} {it.How} retained until {it.RetainUntil}");

    private static string Describe(ReturnRecord it) => Text($"{it.Queue}/{it.Sequence} ack id {it.AckId} {it.How} due {it.DueAt}");

    private static string Describe(PurgeRecord it) => Text($"queue {it.Queue} sequence {it.UpTo} count {it.Count}");

    private static string Describe(SeekRecord it) => Text($"queue {it.Queue} sequence {it.From} count {it.Count}");

    private static string Describe(PauseRecord it) => Text($"queue {it.Queue} paused {(it.Paused ? 1 : 0)}");

    private static string Describe(DedupRecord it) =>
        Text($"queue {it.Queue} {(ulong)(it.Hash >> 64):x16}{(ulong)it.Hash:x16} {it.Id} sequence {it.Sequence} until {it.Until}");

    private static string Describe(ProducerRecord it) =>
        Text($"queue {it.Queue} \"{it.Producer}\" number {it.Number} {it.Id} sequence {it.Sequence}");

    private static string Describe(DeviceRecord it) =>
        Text($"queue {it.Queue} device {it.Index} {it.Change} from {it.Start} \"{it.Name}\"");

    private static string Describe(DeviceAckRecord it) => Text($"{it.Queue}/{it.Sequence} device {it.Device}");

    private static string Describe(ClockRecord it) => Text($"wall clock {it.Shift} ms off since {it.JumpedAt}");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private void Line(FormattableString text) => output.WriteLine(text.ToString(CultureInfo.InvariantCulture));
}
