using System.Runtime.InteropServices;
using Stork.Queues.Journal;

namespace Stork.Queues.Records;

/// <summary>
/// The record of kind <see cref="RecordKind.Remove"/>: a queue is gone, and its id may be another one's from here on.
/// <code>u8 kind  varint queue</code>
/// </summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct RemoveRecord(uint Queue) : IRecord
{
    public static RemoveRecord Read(ReadOnlySpan<byte> record) => new(checked((uint)new RecordReader(record[1..]).Varint()));

    public RecordAddress Write(FrameBuilder frame)
    {
        frame.Begin(RecordKind.Remove);
        frame.Varint(Queue);
        return frame.End();
    }
}
