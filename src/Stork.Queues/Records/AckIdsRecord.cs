using System.Runtime.InteropServices;
using Stork.Queues.Journal;

namespace Stork.Queues.Records;

/// <summary>
/// The record of kind <see cref="RecordKind.AckIds"/>: ack ids below a number are, or may have been, given out.
/// <code>u8 kind  varint limit</code>
/// </summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct AckIdsRecord(int Limit) : IRecord
{
    public static AckIdsRecord Read(ReadOnlySpan<byte> record) => new(new RecordReader(record[1..]).Count(int.MaxValue));

    public RecordAddress Write(FrameBuilder frame)
    {
        frame.Begin(RecordKind.AckIds);
        frame.Number(Limit);
        return frame.End();
    }
}
