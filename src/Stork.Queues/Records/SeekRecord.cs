using System.Runtime.InteropServices;
using Stork.Queues.Journal;

namespace Stork.Queues.Records;

/// <summary>
/// The record of kind <see cref="RecordKind.Seek"/>: retained messages from a sequence on are ready again, so many.
/// <code>u8 kind  varint queue  varint from sequence  varint count</code>
/// </summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct SeekRecord(uint Queue, long From, long Count) : IRecord
{
    public static SeekRecord Read(ReadOnlySpan<byte> record)
    {
        var reader = new RecordReader(record[1..]);
        return new SeekRecord(checked((uint)reader.Varint()), reader.Number(), reader.Number());
    }

    public RecordAddress Write(FrameBuilder frame)
    {
        frame.Begin(RecordKind.Seek);
        frame.Varint(Queue);
        frame.Number(From);
        frame.Number(Count);
        return frame.End();
    }
}
