using System.Runtime.InteropServices;
using Stork.Queues.Journal;

namespace Stork.Queues.Records;

/// <summary>
/// The record of kind <see cref="RecordKind.Purge"/>: every message up to a sequence is purged that is not out at a consumer. Where the
/// messages themselves were reclaimed, only the count says how many there were.
/// <code>u8 kind  varint queue  varint up to sequence  varint count</code>
/// </summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct PurgeRecord(uint Queue, long UpTo, long Count) : IRecord
{
    public static PurgeRecord Read(ReadOnlySpan<byte> record)
    {
        var reader = new RecordReader(record[1..]);
        return new PurgeRecord(checked((uint)reader.Varint()), reader.Number(), reader.Number());
    }

    public RecordAddress Write(FrameBuilder frame)
    {
        frame.Begin(RecordKind.Purge);
        frame.Varint(Queue);
        frame.Number(UpTo);
        frame.Number(Count);
        return frame.End();
    }
}
