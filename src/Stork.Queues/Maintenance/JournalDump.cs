using System.Globalization;
using Stork.Shared.Disk;
using Stork.Queues.Shards;
using Stork.Queues.Journal;
using Stork.Queues.Records;
using Stork.Shared;

namespace Stork.Queues.Maintenance;

/// <summary>Writes a journal as text, one record a line: for people who look for what happened.</summary>
internal sealed class JournalDump(IDisk disk, Guid store, int shard, JournalEnd? known, TextWriter output) : IJournalReplay
{
    private readonly string _folder = StoreDirectory.ShardName(shard);
    private uint _segment;

    public void Run()
    {
        if (known is { } end)
            Line($"{_folder}: records below {end.Lsn} are known to be durable, up to {JournalFormat.SegmentName(end.Segment)}+{end.Offset}");
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

        if (scan.MissingBefore is { } before) Line($"{_folder} DAMAGED {before.EndLsn - before.FirstLsn} records from {before.FirstLsn}: {before.What}");
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

    private static string Fields(RecordKind kind, ReadOnlySpan<byte> record)
    {
        var reader = new RecordReader(record[1..]);
        return kind switch
        {
            RecordKind.Message => Describe(MessageRecord.Read(record)),
            RecordKind.Queue =>
                Text($"queue {reader.Varint()} {(QueueKind)reader.Byte()} \"{reader.Text()}\" next {reader.Varint()} ")
                + Text($"paused {reader.Byte()} ")
                + Text($"acked {reader.Varint()} expired {reader.Varint()} dropped {reader.Varint()} ")
                + Text($"dead {reader.Varint()} purged {reader.Varint()} redriven {reader.Varint()}"),
            RecordKind.Deliver => Text($"{reader.Varint()}/{reader.Varint()} ack id {reader.Varint()}"),
            RecordKind.Settle =>
                Text($"{reader.Varint()}/{reader.Varint()} {(Core.SettleKind)reader.Byte()} retained until {reader.Varint()}"),
            RecordKind.Return =>
                Text(
                    $"{reader.Varint()}/{reader.Varint()} ack id {reader.Varint()} {(Core.ReturnKind)reader.Byte()} due {reader.Varint()}"),
            RecordKind.Purge or RecordKind.Seek => Text($"queue {reader.Varint()} sequence {reader.Varint()} count {reader.Varint()}"),
            RecordKind.Pause => Text($"queue {reader.Varint()} paused {reader.Byte()}"),
            RecordKind.Remove => Text($"queue {reader.Varint()}"),
            RecordKind.AckIds => Text($"below {reader.Varint()}"),
            RecordKind.Dedup =>
                Text($"queue {reader.Varint()} {reader.Fixed64():x16}{reader.Fixed64():x16} {reader.Id()} ")
                + Text($"sequence {reader.Varint()} until {reader.Varint()}"),
            RecordKind.Producer =>
                Text($"queue {reader.Varint()} \"{reader.Text()}\" number {reader.Varint()} {reader.Id()} sequence {reader.Varint()}"),
            RecordKind.Device =>
                Text($"queue {reader.Varint()} device {reader.Varint()} {(Core.DeviceChange)reader.Byte()} ")
                + Text($"from {reader.Varint()} \"{reader.Text()}\""),
            RecordKind.Clock => Text($"wall clock {reader.Signed()} ms off since {reader.Varint()}"),
            RecordKind.DeviceAck => Text($"{reader.Varint()}/{reader.Varint()} device {reader.Varint()}"),
            _ => Text($"{record.Length} bytes"),
        };
    }

    private static string Describe(in MessageRecord message)
    {
        var moved = message.Has(MessageFlags.Moved)
            ? Text($" from {message.FromQueue}/{message.FromSequence} {(Core.SettleKind)message.FromHow}") : "";
        return Text($"{message.Queue}/{message.Sequence} {message.Id} [{message.Flags}] {message.Body.Length} bytes{moved}");
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private void Line(FormattableString text) => output.WriteLine(text.ToString(CultureInfo.InvariantCulture));
}
