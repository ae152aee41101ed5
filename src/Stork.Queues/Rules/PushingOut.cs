using System.Runtime.CompilerServices;
using Stork.Queues.Records;
using Stork.Queues.State;

namespace Stork.Queues.Rules;

/// <summary>What leaves full queues for new messages, as far as room in the journal goes.</summary>
internal sealed class PushingOut(RuleContext context, Ending ending, DeadLettering deadLettering)
{
    /// <summary>
    /// Messages that one new one may push out. Where limits were lowered far below what is stored, or one message is as large as very many
    /// others, the queue gets down to its limits with the ones that follow.
    /// </summary>
    private const int MaxPushedOut = 16_384;

    /// <summary>
    /// Room in bytes that the records of what one message pushes out may need beyond its own size. The last one pushed out may go beyond
    /// it, so that a queue of large messages gets on as well; all of it together fits into the largest segment.
    /// </summary>
    private const int MaxPushedOutBytes = 8 << 20;

    public static bool IsFull(QueueState queue, int bytes, QueueOptions options) =>
        queue.Unsettled >= options.MaxMessages || queue.Bytes + Entry.RoundUp(bytes) > options.MaxBytes;

    /// <summary>Room that the records of what these messages push out may need.</summary>
    public long BytesFor(ReadOnlySpan<PreparedMessage> messages)
    {
        if (messages.Length == 1)
            return context.State.Find(messages[0].Queue) is { } only ? BytesFor(only, 1, Entry.RoundUp(messages[0].RecordBytes)) : 0;
        Dictionary<QueueState, (int Count, long Bytes)>? sums = null;
        foreach (ref readonly var message in messages)
        {
            if (context.State.Find(message.Queue) is not { } queue || !PushesOut(context.Queues.OptionsOf(queue))) continue;
            var (count, bytes) = (sums ??= []).GetValueOrDefault(queue);
            sums[queue] = (count + 1, bytes + Entry.RoundUp(message.RecordBytes));
        }

        long room = 0;
        if (sums is not null)
            foreach (var (queue, (count, bytes)) in sums) room += BytesFor(queue, count, bytes);
        return room;
    }

    /// <summary>Makes room for a message in its queue. False: the queue drops the new one instead.</summary>
    public bool TryMakeRoom(QueueState queue, int recordBytes, QueueOptions options)
    {
        var (pushedOut, spent) = (0, 0L);
        while (MayPushOut(pushedOut, spent, Entry.RoundUp(recordBytes)) && IsFull(queue, recordBytes, options))
        {
            if (options.Overflow == Overflow.DropNew) return false;
            var cost = DropHead(queue, options);
            if (cost == 0) break;
            (pushedOut, spent) = (pushedOut + 1, spent + cost);
        }

        return true;
    }

    /// <summary>
    /// Whether dropping what is not out at consumers would make enough room; messages of the same batch may be dropped as well.
    /// </summary>
    public static bool CanMakeRoom(QueueState? queue, in PreparedMessage message, QueueOptions options)
    {
        if (!PushesOut(options)) return false;
        if (queue is null) return Entry.RoundUp(message.RecordBytes) <= options.MaxBytes;
        long heldBytes = 0;
        foreach (var sequence in queue.Work?.Extras.Sequences ?? Enumerable.Empty<long>())
        {
            ref var entry = ref queue.Find(sequence);
            if (!Unsafe.IsNullRef(ref entry) && entry.State == MessageState.InFlight) heldBytes += entry.Size;
        }

        return queue.InFlight < options.MaxMessages && heldBytes + Entry.RoundUp(message.RecordBytes) <= options.MaxBytes;
    }

    /// <summary>
    /// Goes over the messages that would have to leave, without changing anything: what it finds is the most that
    /// <see cref="TryMakeRoom"/> can need.
    /// </summary>
    private long BytesFor(QueueState queue, int count, long bytes)
    {
        var options = context.Queues.OptionsOf(queue);
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

            var cost = CostOf(queue, queue.Entries.SequenceAt(i), in entry, options);
            (waiting, held, pushedOut, spent, room) = (waiting - 1, held - entry.Size, pushedOut + 1, spent + cost, room + cost);
        }

        return room;
    }

    /// <summary>The room that its records were to need at most; 0: there was none to push out.</summary>
    private int DropHead(QueueState queue, QueueOptions options)
    {
        var head = queue.FindHead();
        if (head == 0) return 0;
        var cost = CostOf(queue, head, in queue.Find(head), options);
        var buries = options is { Overflow: Overflow.DeadLetterHead, DeadLetter: true };
        if (!buries || !deadLettering.TryBury(queue, head, DeadLetterReason.MaxLength, "")) ending.End(queue, head, SettleKind.Dropped);
        return cost;
    }

    /// <summary>Whether a message of this size may push out one more.</summary>
    private static bool MayPushOut(int pushedOut, long spent, long bytes) => pushedOut < MaxPushedOut && spent < MaxPushedOutBytes + bytes;

    private static int CostOf(QueueState queue, long sequence, in Entry entry, QueueOptions options)
    {
        if (options is not { Overflow: Overflow.DeadLetterHead, DeadLetter: true }) return RoomNeeds.Settle;
        return entry.Size + (queue.Extra(sequence) is null ? RoomNeeds.UntouchedOverhead : RoomNeeds.MessageOverhead);
    }

    private static bool PushesOut(QueueOptions options) => options.Overflow is Overflow.DropHead or Overflow.DeadLetterHead;
}
