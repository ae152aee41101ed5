using System.Runtime.InteropServices;
using Stork.Queues.Journal;

namespace Stork.Queues.Records;

/// <summary>
/// The record of kind <see cref="RecordKind.Dedup"/>: a producer's id that is still remembered although the message's own record was
/// reclaimed.
/// <code>u8 kind  varint queue  hash (<see cref="IdHash"/>)  message id (16)  varint sequence  varint until (Unix ms)</code>
/// </summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct DedupRecord(uint Queue, UInt128 Hash, Guid Id, long Sequence, long Until) : IRecord
{
    public static DedupRecord Read(ReadOnlySpan<byte> record)
    {
        var reader = new RecordReader(record[1..]);
        return new DedupRecord(checked((uint)reader.Varint()), IdHash.Read(ref reader), reader.Id(), reader.Number(), reader.Number());
    }

    public RecordAddress Write(FrameBuilder frame)
    {
        frame.Begin(RecordKind.Dedup);
        frame.Varint(Queue);
        IdHash.Write(Hash, frame);
        frame.Id(Id);
        frame.Number(Sequence);
        frame.Number(Until);
        return frame.End();
    }
}
