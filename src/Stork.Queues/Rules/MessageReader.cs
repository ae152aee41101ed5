using System.Runtime.CompilerServices;
using System.Text;
using Stork.Queues.Journal;
using Stork.Queues.Records;
using Stork.Queues.State;

namespace Stork.Queues.Rules;

/// <summary>Reads stored messages back from the journal. Bytes that fail their checksum are never returned.</summary>
internal sealed class MessageReader(IJournal journal, ShardCounters counters)
{
    /// <summary>The last error of reading a message back.</summary>
    public Exception? LastUnreadable { get; private set; }

    public static string? TextOrNull(ReadOnlySpan<byte> text) => text.IsEmpty ? null : Encoding.UTF8.GetString(text);

    public bool TryRead(QueueState queue, long sequence, out MessageRecord message) => TryRead(queue, sequence, out message, out _);

    /// <param name="queue">The message's queue.</param>
    /// <param name="sequence">Which message.</param>
    /// <param name="message">Its fields; valid until the next call.</param>
    /// <param name="record">Its record from the kind on; valid until the next call.</param>
    public bool TryRead(QueueState queue, long sequence, out MessageRecord message, out ReadOnlySpan<byte> record)
    {
        message = default;
        record = default;
        ref var entry = ref queue.Find(sequence);
        if (Unsafe.IsNullRef(ref entry)) return false;
        try
        {
            record = journal.Read(entry.Segment, entry.Offset, entry.Size);
            message = MessageRecord.Read(record);
            if (message.Queue == queue.Id && message.Sequence == sequence) return true;
        }
        catch (Exception failure) when (failure is InvalidDataException or ArgumentException or IndexOutOfRangeException)
        {
            LastUnreadable = failure;
        }

        counters.Unreadable++;
        return false;
    }
}
