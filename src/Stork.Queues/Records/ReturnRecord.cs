using System.Runtime.InteropServices;
using Stork.Queues.Journal;

namespace Stork.Queues.Records;

/// <summary>
/// The record of kind <see cref="RecordKind.Return"/>: a hand-out ended without a result.
/// <code>
/// u8 kind  varint queue  varint sequence  varint ack id  u8 how  varint due (Unix ms; 0: the message is ready at once)
/// text error
/// </code>
/// </summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct ReturnRecord(uint Queue, long Sequence, int AckId, ReturnKind How, long DueAt, string Error) : IRecord
{
    public static ReturnRecord Read(ReadOnlySpan<byte> record)
    {
        var reader = new RecordReader(record[1..]);
        return new ReturnRecord(
            checked((uint)reader.Varint()), reader.Number(), reader.Count(int.MaxValue), (ReturnKind)reader.Byte(), reader.Number(),
            reader.Text());
    }

    public RecordAddress Write(FrameBuilder frame)
    {
        frame.Begin(RecordKind.Return);
        frame.Varint(Queue);
        frame.Number(Sequence);
        frame.Number(AckId);
        frame.Byte((byte)How);
        frame.Number(DueAt);
        frame.Text(Error);
        return frame.End();
    }
}
