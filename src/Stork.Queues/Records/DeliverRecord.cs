using System.Runtime.InteropServices;
using Stork.Queues.Journal;

namespace Stork.Queues.Records;

/// <summary>
/// The record of kind <see cref="RecordKind.Deliver"/>: a message was handed to a consumer.
/// <code>
/// u8 kind  varint queue  varint sequence  varint ack id  u8 flags, then by flag:
/// Owner text | Device varint | Lane u64
/// </code>
/// </summary>
[StructLayout(LayoutKind.Auto)]
internal readonly ref struct DeliverRecord : IRecord
{
    public required uint Queue { get; init; }

    public required long Sequence { get; init; }

    public required int AckId { get; init; }

    public required bool InProcess { get; init; }

    /// <summary>In UTF-8; empty: nobody by name.</summary>
    public required ReadOnlySpan<byte> Owner { get; init; }

    /// <summary>The registered device, from 1; 0: none.</summary>
    public int Device { get; init; }

    /// <summary>The hash of the message's key; null: it is in no lane.</summary>
    public ulong? Lane { get; init; }

    public static DeliverRecord Read(ReadOnlySpan<byte> record)
    {
        var reader = new RecordReader(record[1..]);
        var (queue, sequence, ackId) = (checked((uint)reader.Varint()), reader.Number(), reader.Count(int.MaxValue));
        var flags = (DeliverFlags)reader.Byte();
        return new DeliverRecord
        {
            Queue = queue,
            Sequence = sequence,
            AckId = ackId,
            InProcess = (flags & DeliverFlags.InProcess) != 0,
            Owner = (flags & DeliverFlags.Owner) == 0 ? default : reader.Bytes(),
            Device = (flags & DeliverFlags.Device) == 0 ? 0 : reader.Count(int.MaxValue),
            Lane = (flags & DeliverFlags.Lane) == 0 ? null : reader.Fixed64(),
        };
    }

    public RecordAddress Write(FrameBuilder frame)
    {
        var flags = (InProcess ? DeliverFlags.InProcess : DeliverFlags.None) | (Owner.Length > 0 ? DeliverFlags.Owner : 0)
            | (Device != 0 ? DeliverFlags.Device : 0) | (Lane is not null ? DeliverFlags.Lane : 0);
        frame.Begin(RecordKind.Deliver);
        frame.Varint(Queue);
        frame.Number(Sequence);
        frame.Number(AckId);
        frame.Byte((byte)flags);
        if (Owner.Length > 0) frame.Bytes(Owner);
        if (Device != 0) frame.Number(Device);
        if (Lane is { } lane) frame.Fixed64(lane);
        return frame.End();
    }
}
