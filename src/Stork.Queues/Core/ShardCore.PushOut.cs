namespace Stork.Queues.Core;

/// <summary>What leaves full queues for new messages, as far as room in the journal goes.</summary>
internal sealed partial class ShardCore
{
    /// <summary>
    /// Messages that one new one may push out. Where limits were lowered far below what is stored, or one message is as large as very many others,
    /// the queue gets down to its limits with the ones that follow.
    /// </summary>
    private const int MaxPushedOut = 16_384;

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
        var buries = options is { Overflow: Overflow.DeadLetterHead, DeadLetter: true };
        var (waiting, held, room) = (queue.Unsettled + (long)count, queue.Bytes + bytes, 0L);
        var left = (long)count * MaxPushedOut;
        for (var i = 0; left > 0 && i < queue.Entries.Count && (waiting > options.MaxMessages || held > options.MaxBytes); i++)
        {
            ref var entry = ref queue.Entries.At(i);
            if (entry.State is not (MessageState.Ready or MessageState.Scheduled)) continue;
            (waiting, held, left) = (waiting - 1, held - entry.Size, left - 1);
            if (!buries) room += SettleRecordBytes;
            else room += entry.Size + (queue.Extra(queue.Entries.SequenceAt(i)) is null ? UntouchedOverhead : MessageOverhead);
        }

        return room;
    }

    private static bool PushesOut(QueueOptions options) => options.Overflow is Overflow.DropHead or Overflow.DeadLetterHead;
}
