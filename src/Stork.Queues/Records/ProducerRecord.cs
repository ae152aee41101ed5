using System.Runtime.InteropServices;
using Stork.Queues.Journal;

namespace Stork.Queues.Records;

/// <summary>
/// The record of kind <see cref="RecordKind.Producer"/>: the last number of a producer whose message's own record was reclaimed.
/// <code>u8 kind  varint queue  text producer  varint number  message id (16)  varint sequence</code>
/// </summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct ProducerRecord(uint Queue, string Producer, long Number, Guid Id, long Sequence) : IRecord
{
    public static ProducerRecord Read(ReadOnlySpan<byte> record)
    {
        var reader = new RecordReader(record[1..]);
        return new ProducerRecord(checked((uint)reader.Varint()), reader.Text(), reader.Number(), reader.Id(), reader.Number());
    }

    public RecordAddress Write(FrameBuilder frame)
    {
        frame.Begin(RecordKind.Producer);
        frame.Varint(Queue);
        frame.Text(Producer);
        frame.Number(Number);
        frame.Id(Id);
        frame.Number(Sequence);
        return frame.End();
    }
}
