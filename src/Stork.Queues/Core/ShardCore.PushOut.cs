namespace Stork.Queues.Core;

/// <summary>What leaves full queues for new messages, as far as room in the journal goes.</summary>
internal sealed partial class ShardCore
{
    /// <summary>
    /// Messages that one new one may push out. Where limits were lowered far below what is stored, or one message is as large as very many others,
    /// the queue gets down to its limits with the ones that follow.
    /// </summary>
    private const int MaxPushedOut = 16_384;

    /// <summary>
    /// Room in bytes that the records of what one message pushes out may need beyond its own size. The last one pushed out may go beyond it, so that a
    /// queue of large messages gets on as well; all of it together fits into the largest segment.
    /// </summary>
    private const int MaxPushedOutBytes = 8 << 20;

    private const int SettleRecordBytes = 64;

    /// <summary>Room for the dead letter of a message that was never delivered, beyond its own size.</summary>
    private const int UntouchedOverhead = 1024;

    /// <summary>Room that the records of what these messages push out may need.</summary>
    private long PushedOutBytes(ReadOnlySpan<PreparedMessage> messages)
    {
        if (messages.Length == 1) return Find(messages[0].Queue) is { } only ? PushedOutBytes(only, 1, Rounded(messages[0].RecordBytes)) : 0;
        Dictionary<QueueState, (int Count, long Bytes)>? sums = null;
        foreach (ref readonly var message in messages)
        {
            if (Find(message.Queue) is not { } queue || !PushesOut(OptionsOf(queue))) continue;
            var (count, bytes) = (sums ??= []).GetValueOrDefault(queue);
            sums[queue] = (count + 1, bytes + Rounded(message.RecordBytes));
        }

        long room = 0;
        if (sums is not null)
            foreach (var (queue, (count, bytes)) in sums) room += PushedOutBytes(queue, count, bytes);
        return room;
    }

    private long PushedOutBytes(QueueState queue, int count, long bytes)
    {
        var options = OptionsOf(queue);
        if (!PushesOut(options)) return 0;
        var (waiting, held, room) = (queue.Unsettled + (long)count, queue.Bytes + bytes, 0L);

        // Each of the messages is taken to push out all that it may, with the bytes of all of them.
        var (pushedOut, spent) = (0, 0L);
        for (var i = 0; i < queue.Entries.Count && (waiting > options.MaxMessages || held > options.MaxBytes); i++)
        {
            ref var entry = ref queue.Entries.At(i);
            if (entry.State is not (MessageState.Ready or MessageState.Scheduled)) continue;
            if (!MayPushOut(pushedOut, spent, bytes))
            {
                if (--count == 0) break;
                (pushedOut, spent) = (0, 0L);
            }

            var cost = PushOutBytes(queue, queue.Entries.SequenceAt(i), in entry, options);
            (waiting, held, pushedOut, spent, room) = (waiting - 1, held - entry.Size, pushedOut + 1, spent + cost, room + cost);
        }

        return room;
    }

    /// <summary>Whether a message of this size may push out one more.</summary>
    private static bool MayPushOut(int pushedOut, long spent, long bytes) => pushedOut < MaxPushedOut && spent < MaxPushedOutBytes + bytes;

    private static int PushOutBytes(QueueState queue, long sequence, in Entry entry, QueueOptions options)
    {
        if (options is not { Overflow: Overflow.DeadLetterHead, DeadLetter: true }) return SettleRecordBytes;
        return entry.Size + (queue.Extra(sequence) is null ? UntouchedOverhead : MessageOverhead);
    }

    private static bool PushesOut(QueueOptions options) => options.Overflow is Overflow.DropHead or Overflow.DeadLetterHead;
}
