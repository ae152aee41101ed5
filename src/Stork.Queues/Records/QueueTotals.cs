using System.Runtime.InteropServices;
using Stork.Queues.Journal;

namespace Stork.Queues.Records;

/// <summary>
/// How many messages of a queue have ended, and how: in its record and in a snapshot.
/// <code>varint acked  varint expired  varint dropped  varint dead-lettered  varint purged  varint redriven</code>
/// </summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct QueueTotals(long Acked, long Expired, long Dropped, long DeadLettered, long Purged, long Redriven)
{
    public static QueueTotals Read(ref RecordReader reader) =>
        new(reader.Number(), reader.Number(), reader.Number(), reader.Number(), reader.Number(), reader.Number());

    public void Write(FrameBuilder fields)
    {
        fields.Number(Acked);
        fields.Number(Expired);
        fields.Number(Dropped);
        fields.Number(DeadLettered);
        fields.Number(Purged);
        fields.Number(Redriven);
    }
}
