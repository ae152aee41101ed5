using System.Runtime.InteropServices;
using Stork.Queues.Journal;

namespace Stork.Queues.Records;

/// <summary>
/// The record of kind <see cref="RecordKind.Queue"/>: a queue, with its totals so far, which replace what was counted from the records
/// before.
/// <code>
/// u8 kind  varint queue  u8 kind of queue  text name  varint next sequence  u8 paused
/// varint acked  varint expired  varint dropped  varint dead-lettered  varint purged  varint redriven
/// varint last use (seconds since 2020-01-01); early records and those of salvage end before it
/// </code>
/// </summary>
[StructLayout(LayoutKind.Auto)]
internal readonly ref struct QueueRecord : IRecord
{
    public required uint Queue { get; init; }

    public required QueueKind Kind { get; init; }

    public required ReadOnlySpan<byte> Name { get; init; }

    public required long NextSequence { get; init; }

    public bool Paused { get; init; }

    public QueueTotals Totals { get; init; }

    /// <summary>Null: the record does not say, and stands for a use of its own.</summary>
    public uint? LastActive { get; init; }

    public static QueueRecord Read(ReadOnlySpan<byte> record)
    {
        var reader = new RecordReader(record[1..]);
        return new QueueRecord
        {
            Queue = checked((uint)reader.Varint()),
            Kind = (QueueKind)reader.Byte(),
            Name = reader.Bytes(),
            NextSequence = reader.Number(),
            Paused = reader.Byte() != 0,
            Totals = QueueTotals.Read(ref reader),
            LastActive = reader.AtEnd ? null : checked((uint)reader.Varint()),
        };
    }

    public RecordAddress Write(FrameBuilder frame)
    {
        frame.Begin(RecordKind.Queue);
        frame.Varint(Queue);
        frame.Byte((byte)Kind);
        frame.Bytes(Name);
        frame.Number(NextSequence);
        frame.Byte(Paused ? (byte)1 : (byte)0);
        Totals.Write(frame);
        if (LastActive is { } seconds) frame.Varint(seconds);
        return frame.End();
    }
}
