using System.Runtime.InteropServices;
using Stork.Queues.Journal;

namespace Stork.Queues.Records;

/// <summary>
/// The record of kind <see cref="RecordKind.DeviceAck"/>: a device has acknowledged a message.
/// <code>u8 kind  varint queue  varint sequence  varint device</code>
/// </summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct DeviceAckRecord(uint Queue, long Sequence, int Device) : IRecord
{
    public static DeviceAckRecord Read(ReadOnlySpan<byte> record)
    {
        var reader = new RecordReader(record[1..]);
        return new DeviceAckRecord(checked((uint)reader.Varint()), reader.Number(), reader.Count(int.MaxValue));
    }

    public RecordAddress Write(FrameBuilder frame)
    {
        frame.Begin(RecordKind.DeviceAck);
        frame.Varint(Queue);
        frame.Number(Sequence);
        frame.Number(Device);
        return frame.End();
    }
}
