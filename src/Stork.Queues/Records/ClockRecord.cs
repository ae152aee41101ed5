using System.Runtime.InteropServices;
using Stork.Queues.Journal;

namespace Stork.Queues.Records;

/// <summary>
/// The record of kind <see cref="RecordKind.Clock"/>: how far the wall clock is off the store's time.
/// <code>u8 kind  signed shift (ms by which the wall clock is ahead)  varint the store's time at which that began (0: it always was)</code>
/// </summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct ClockRecord(long Shift, long JumpedAt) : IRecord
{
    public static ClockRecord Read(ReadOnlySpan<byte> record)
    {
        var reader = new RecordReader(record[1..]);
        return new ClockRecord(reader.Signed(), reader.Number());
    }

    public RecordAddress Write(FrameBuilder frame)
    {
        frame.Begin(RecordKind.Clock);
        frame.Signed(Shift);
        frame.Number(JumpedAt);
        return frame.End();
    }
}
