using System.Runtime.InteropServices;
using Stork.Queues.Journal;

namespace Stork.Queues.Records;

/// <summary>
/// The record of kind <see cref="RecordKind.Pause"/>: deliveries of a queue are held back, or no longer.
/// <code>u8 kind  varint queue  u8 paused</code>
/// </summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct PauseRecord(uint Queue, bool Paused) : IRecord
{
    public static PauseRecord Read(ReadOnlySpan<byte> record)
    {
        var reader = new RecordReader(record[1..]);
        return new PauseRecord(checked((uint)reader.Varint()), reader.Byte() != 0);
    }

    public RecordAddress Write(FrameBuilder frame)
    {
        frame.Begin(RecordKind.Pause);
        frame.Varint(Queue);
        frame.Byte(Paused ? (byte)1 : (byte)0);
        return frame.End();
    }
}
