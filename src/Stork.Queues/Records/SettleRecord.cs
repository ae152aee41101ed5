using System.Runtime.InteropServices;
using Stork.Queues.Journal;

namespace Stork.Queues.Records;

/// <summary>
/// The record of kind <see cref="RecordKind.Settle"/>: a message is finished.
/// <code>u8 kind  varint queue  varint sequence  u8 how  varint retained until (Unix ms; 0: it is removed)</code>
/// </summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct SettleRecord(uint Queue, long Sequence, SettleKind How, long RetainUntil) : IRecord
{
    public static SettleRecord Read(ReadOnlySpan<byte> record)
    {
        var reader = new RecordReader(record[1..]);
        return new SettleRecord(checked((uint)reader.Varint()), reader.Number(), (SettleKind)reader.Byte(), reader.Number());
    }

    public RecordAddress Write(FrameBuilder frame)
    {
        frame.Begin(RecordKind.Settle);
        frame.Varint(Queue);
        frame.Number(Sequence);
        frame.Byte((byte)How);
        frame.Number(RetainUntil);
        return frame.End();
    }
}
