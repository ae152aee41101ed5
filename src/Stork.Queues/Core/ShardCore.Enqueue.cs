using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Stork.Queues.Journal;
using Stork.Queues.Records;
using Stork.Shared;

namespace Stork.Queues.Core;

internal sealed partial class ShardCore
{
    /// <summary>Producers with sequences that a queue can know.</summary>
    public const int MaxProducers = 1_000_000;

    private const string StrictLane = "";

    /// <summary>Why producers are refused at the moment, usually for want of disk space; null: they are not.</summary>
    public string? ProducerRefusal { get; set; }

    /// <summary>Room that <see cref="Enqueue"/> may need for these messages, with what they push out.</summary>
    public int EnqueueBytes(ReadOnlySpan<PreparedMessage> messages)
    {
        var bytes = PushedOutBytes(messages);
        foreach (ref readonly var message in messages) bytes += message.RecordBytes + message.Queue.Name.Length * 3L + 256;
        return (int)Math.Min(bytes, int.MaxValue);
    }

    /// <summary>Says why these messages cannot be stored together, or null if they can. Nothing changes.</summary>
    public QueueException? Refuse(ReadOnlySpan<PreparedMessage> messages)
    {
        if (ProducerRefusal is not null) return new QueueException(QueueErrorCode.StoreFull, ProducerRefusal);
        if (messages.Length == 1) return Refuse(in messages[0], 0, 0, 0);
        if (FitsAnyhow(messages)) return null;
        var pending = new Dictionary<(QueueKind, string), (int Count, long Bytes, int Producers)>();
        foreach (ref readonly var message in messages)
        {
            ref var sum = ref CollectionsMarshal.GetValueRefOrAddDefault(pending, (message.Queue.Kind, message.Queue.Name), out _);
            if (Refuse(message, sum.Count, sum.Bytes, sum.Producers) is { } refusal) return refusal;
            sum.Count++;
            sum.Bytes += Rounded(message.RecordBytes);
            if (message.Producer is not null) sum.Producers++;
        }

        return null;
    }

    /// <summary>
    /// Why these messages may not have more room than <paramref name="limit"/>, or null if they may: a single one may be as large as its queue allows.
    /// </summary>
    public QueueException? RefuseRoom(ReadOnlySpan<PreparedMessage> messages, int room, int limit)
    {
        if (messages.Length > 1)
            return new QueueException(
                QueueErrorCode.TooLarge, $"The messages need up to {room} bytes; together they may have {limit}, a quarter of the SegmentSize.");
        if (room > JournalFormat.MaxSegmentBytes - JournalFormat.SegmentHeaderBytes - JournalFormat.FrameHeaderBytes - JournalFormat.FooterBytes - ClockBytes)
            return new QueueException(
                QueueErrorCode.TooLarge, $"The message needs up to {room} bytes; a segment has at most {JournalFormat.MaxSegmentBytes}.");
        return Refuse(messages);
    }

    /// <summary>Whether each queue would have room even if all of these messages were its own, and nothing else needs a closer look.</summary>
    private bool FitsAnyhow(ReadOnlySpan<PreparedMessage> messages)
    {
        long bytes = 0;
        foreach (ref readonly var message in messages) bytes += Rounded(message.RecordBytes);
        foreach (ref readonly var message in messages)
        {
            if (message.Producer is not null || message.Message.DeliverAt is not null || Find(message.Queue) is not { } queue) return false;
            var options = OptionsOf(queue);
            if (message.PayloadBytes > options.MaxMessageBytes || queue.Bytes + bytes > options.MaxBytes) return false;
            if ((long)queue.Unsettled + messages.Length > options.MaxMessages) return false;
        }

        return true;
    }

    /// <summary>Stores a message that was not refused.</summary>
    public EnqueueReceipt Enqueue(in PreparedMessage message)
    {
        var queue = GetOrDefine(message.Queue);
        if (FindDuplicate(queue, message) is { } duplicate)
        {
            Counters.Duplicates++;
            return duplicate;
        }

        var options = OptionsOf(queue);
        Collapse(queue, message);
        var (pushedOut, spent) = (0, 0L);
        while (MayPushOut(pushedOut, spent, Rounded(message.RecordBytes)) && IsFull(queue, message.RecordBytes, options))
        {
            if (options.Overflow == Overflow.DropNew)
            {
                Counters.Refused++;
                return new EnqueueReceipt(Guid.Empty, 0, Dropped: true);
            }

            var cost = DropHead(queue, options);
            if (cost == 0) break;
            (pushedOut, spent) = (pushedOut + 1, spent + cost);
        }

        var sequence = queue.NextSequence;
        var id = NewId();
        EmitMessage(queue, message, options, sequence, id);
        Counters.Enqueued++;
        return new EnqueueReceipt(id, sequence);
    }

    private QueueException? Refuse(in PreparedMessage message, int pendingCount, long pendingBytes, int pendingProducers)
    {
        var queue = Find(message.Queue);
        var options = queue is not null ? OptionsOf(queue) : OptionsFor(message.Queue.Kind, message.Queue.Name);
        if (message.PayloadBytes > options.MaxMessageBytes)
            return new QueueException(
                QueueErrorCode.TooLarge,
                $"The message has {message.PayloadBytes} bytes; the limit of '{message.Queue.Name}' is {options.MaxMessageBytes}.");
        if (Rounded(message.RecordBytes) > options.MaxBytes)
            return new QueueException(
                QueueErrorCode.TooLarge,
                $"The message takes {Rounded(message.RecordBytes)} bytes, and all of '{message.Queue.Name}' may have {options.MaxBytes} (MaxBytes).");
        if (message.Message.DeliverAt is { } at && at.ToUnixTimeMilliseconds() - Wall.Now > (long)QueueOptions.MaxDelay.TotalMilliseconds)
            return new QueueException(QueueErrorCode.Invalid, "DeliverAt must be within 366 days.");
        if (queue is null && _names.Count >= MaxQueues)
            return new QueueException(QueueErrorCode.QueueFull, $"The store has {MaxQueues} queues, its limit.");
        if (message.Producer is not null && queue?.Work?.Producers is { } producers && producers.Count + pendingProducers >= MaxProducers
            && !producers.ContainsKey(Encoding.UTF8.GetString(message.Producer)))
            return new QueueException(QueueErrorCode.QueueFull, $"The queue knows {MaxProducers} producers, its limit.");
        if (queue is not null && FindDuplicate(queue, message) is not null) return null;
        if (options.Overflow == Overflow.DropNew) return null;
        var fits = (queue?.Unsettled ?? 0) + pendingCount < options.MaxMessages
            && (queue?.Bytes ?? 0) + pendingBytes + Rounded(message.RecordBytes) <= options.MaxBytes;
        if (fits || CanMakeRoom(queue, message, options)) return null;
        Counters.Refused++;
        return new QueueException(
            QueueErrorCode.QueueFull, $"'{message.Queue.Name}' is full: {queue?.Unsettled ?? 0} messages, {queue?.Bytes ?? 0} bytes.");
    }

    /// <summary>
    /// Whether dropping what is not out at consumers would make enough room; messages of the same batch may be dropped as well.
    /// </summary>
    private static bool CanMakeRoom(QueueState? queue, in PreparedMessage message, QueueOptions options)
    {
        if (options.Overflow is not (Overflow.DropHead or Overflow.DeadLetterHead)) return false;
        if (queue is null) return Rounded(message.RecordBytes) <= options.MaxBytes;
        long heldBytes = 0;
        foreach (var sequence in queue.Work?.Extras.Sequences ?? Enumerable.Empty<long>())
        {
            ref var entry = ref queue.Find(sequence);
            if (!Unsafe.IsNullRef(ref entry) && entry.State == MessageState.InFlight) heldBytes += entry.Size;
        }

        return queue.InFlight < options.MaxMessages && heldBytes + Rounded(message.RecordBytes) <= options.MaxBytes;
    }

    private EnqueueReceipt? FindDuplicate(QueueState queue, in PreparedMessage message)
    {
        if (message.DedupId is not null && queue.Work?.Dedup is { } dedup && dedup.TryFind(message.DedupHash, Now, out var seen))
            return new EnqueueReceipt(seen.Id, seen.Sequence, Duplicate: true);
        if (message.Producer is null || queue.Work?.Producers is not { } producers) return null;
        if (!producers.TryGetValue(Encoding.UTF8.GetString(message.Producer), out var last)
            || message.Message.ProducerSequence > last.Number)
            return null;
        return message.Message.ProducerSequence == last.Number
            ? new EnqueueReceipt(last.Id, last.Sequence, Duplicate: true)
            : new EnqueueReceipt(Guid.Empty, 0, Duplicate: true);
    }

    private bool IsFull(QueueState queue, int bytes) => IsFull(queue, bytes, OptionsOf(queue));

    private static bool IsFull(QueueState queue, int bytes, QueueOptions options) =>
        queue.Unsettled >= options.MaxMessages || queue.Bytes + Rounded(bytes) > options.MaxBytes;

    private static int Rounded(int bytes) => (bytes + Entry.SizeUnit - 1) / Entry.SizeUnit * Entry.SizeUnit;

    private void Collapse(QueueState queue, in PreparedMessage message)
    {
        if (message.Collapse is null || queue.Work?.Collapse is not { } collapse
            || !collapse.TryGetValue(message.CollapseHash, out var older))
            return;
        ref var entry = ref queue.Find(older);
        if (Unsafe.IsNullRef(ref entry) || entry.State is not (MessageState.Ready or MessageState.Scheduled)
            || queue.Extra(older) is not null)
            return;
        EmitSettle(queue, older, SettleKind.Dropped);
    }

    /// <summary>The room that its records were to need at most; 0: there was none to push out.</summary>
    private int DropHead(QueueState queue, QueueOptions options)
    {
        var head = HeadOf(queue);
        if (head == 0) return 0;
        var cost = PushOutBytes(queue, head, in queue.Find(head), options);
        if (options.Overflow == Overflow.DeadLetterHead && options.DeadLetter && Bury(queue, head, DeadLetterReason.MaxLength, "")) return cost;
        EmitSettle(queue, head, SettleKind.Dropped);
        return cost;
    }

    /// <summary>The oldest message that is not out at a consumer; 0: none.</summary>
    private static long HeadOf(QueueState queue)
    {
        for (var i = 0; i < queue.Entries.Count; i++)
            if (queue.Entries.At(i).State is MessageState.Ready or MessageState.Scheduled) return queue.Entries.SequenceAt(i);
        return 0;
    }

    private void EmitMessage(QueueState queue, in PreparedMessage message, QueueOptions options, long sequence, Guid id)
    {
        var source = message.Message;
        var timeToLive = source.TimeToLive ?? options.TimeToLive;
        var wait = Math.Max(0, source.DeliverAt is { } at ? at.ToUnixTimeMilliseconds() - Wall.Now : (long)source.Delay.TotalMilliseconds);
        var byWallClock = wait > 0 && source.DeliverAt is not null;
        var dueAt = (byWallClock ? Wall.Now : Now) + wait;
        var laned = options.Order == DeliveryOrder.Strict || (options.Order == DeliveryOrder.PerKey && message.Key is not null);
        var flags = MessageFlags.None;
        if (timeToLive is not null) flags |= MessageFlags.Expires;
        if (wait > 0) flags |= MessageFlags.Due;
        if (byWallClock) flags |= MessageFlags.ByWallClock;
        if (laned) flags |= MessageFlags.Lane;
        if (message.Key is not null) flags |= MessageFlags.Key;
        if (source.Priority > 0 && !laned) flags |= MessageFlags.Priority;
        if (message.DedupId is not null) flags |= MessageFlags.Dedup;
        if (message.Producer is not null) flags |= MessageFlags.Producer;
        if (message.Collapse is not null) flags |= MessageFlags.Collapse;
        if (message.Subject is not null) flags |= MessageFlags.Subject;
        if (message.Headers is not null) flags |= MessageFlags.Headers;
        Emit(
            new MessageRecord
            {
                Flags = flags,
                Queue = queue.Id,
                Sequence = sequence,
                Id = id,
                EnqueuedAt = Now,
                ExpiresAt = dueAt + (long)(timeToLive?.TotalMilliseconds ?? 0),
                DueAt = wait > 0 ? dueAt : 0,
                Lane = options.Order == DeliveryOrder.Strict ? KeyHash.Of(Encoding.UTF8.GetBytes(StrictLane)) : KeyHash.Of(message.Key),
                Key = message.Key,
                Priority = laned ? 0 : source.Priority,
                DedupWindow = options.DedupWindow > TimeSpan.Zero ? wait + (long)options.DedupWindow.TotalMilliseconds : 0,
                DedupId = message.DedupId,
                Producer = message.Producer,
                ProducerNumber = source.ProducerSequence,
                Collapse = message.Collapse,
                Subject = message.Subject,
                Headers = message.Headers,
                Body = source.Body.Span,
            },
            SyncClass.Fsync);
    }
}
