using System.Runtime.InteropServices;
using System.Text;
using Stork.Queues.Journal;
using Stork.Queues.State;

namespace Stork.Queues.Rules;

/// <summary>Says whether messages can be stored, before anything is: what is not refused here is stored whole.</summary>
internal sealed class Admission(RuleContext context, PushingOut pushingOut)
{
    /// <summary>Producers with sequences that a queue can know.</summary>
    public const int MaxProducers = 1_000_000;

    /// <summary>What a segment cannot hold of a message.</summary>
    private const int SegmentOverhead =
        JournalFormat.SegmentHeaderBytes + JournalFormat.FrameHeaderBytes + JournalFormat.FooterBytes + RoomNeeds.Clock;

    /// <summary>Why producers are refused at the moment, usually for want of disk space; null: they are not.</summary>
    public string? ProducerRefusal { get; set; }

    /// <summary>Room that storing these messages may need, with what they push out.</summary>
    public int BytesFor(ReadOnlySpan<PreparedMessage> messages)
    {
        var bytes = pushingOut.BytesFor(messages);
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
            sum.Bytes += Entry.RoundUp(message.RecordBytes);
            if (message.Producer is not null) sum.Producers++;
        }

        return null;
    }

    /// <summary>
    /// Why these messages may not have more room than <paramref name="limit"/>, or null if they may: a single one may be as large as its
    /// queue allows.
    /// </summary>
    public QueueException? RefuseRoom(ReadOnlySpan<PreparedMessage> messages, int room, int limit)
    {
        if (messages.Length > 1)
            return new QueueException(
                QueueErrorCode.TooLarge,
                $"The messages need up to {room} bytes; together they may have {limit}, a quarter of the SegmentSize.");
        if (room > JournalFormat.MaxSegmentBytes - SegmentOverhead)
            return new QueueException(
                QueueErrorCode.TooLarge, $"The message needs up to {room} bytes; a segment has at most {JournalFormat.MaxSegmentBytes}.");
        return Refuse(messages);
    }

    /// <summary>
    /// Whether each queue would have room even if all of these messages were its own, and nothing else needs a closer look.
    /// </summary>
    private bool FitsAnyhow(ReadOnlySpan<PreparedMessage> messages)
    {
        long bytes = 0;
        foreach (ref readonly var message in messages) bytes += Entry.RoundUp(message.RecordBytes);
        foreach (ref readonly var message in messages)
        {
            if (message.Producer is not null || message.Message.DeliverAt is not null) return false;
            if (context.State.Find(message.Queue) is not { } queue) return false;
            var options = context.Queues.OptionsOf(queue);
            if (message.PayloadBytes > options.MaxMessageBytes || queue.Bytes + bytes > options.MaxBytes) return false;
            if ((long)queue.Unsettled + messages.Length > options.MaxMessages) return false;
        }

        return true;
    }

    private QueueException? Refuse(in PreparedMessage message, int pendingCount, long pendingBytes, int pendingProducers)
    {
        var queue = context.State.Find(message.Queue);
        var options = queue is not null
            ? context.Queues.OptionsOf(queue)
            : context.Queues.OptionsFor(message.Queue.Kind, message.Queue.Name);
        if (RefuseAsSuch(message, options) is { } refusal) return refusal;
        if (queue is null && context.State.Names.Count >= ShardState.MaxQueues)
            return new QueueException(QueueErrorCode.QueueFull, $"The store has {ShardState.MaxQueues} queues, its limit.");
        if (message.Producer is not null && queue?.Work?.Producers is { } producers && producers.Count + pendingProducers >= MaxProducers
            && !producers.Has(Encoding.UTF8.GetString(message.Producer)))
            return new QueueException(QueueErrorCode.QueueFull, $"The queue knows {MaxProducers} producers, its limit.");
        if (queue is not null && Duplicates.Find(queue, message, context.State.Now) is not null) return null;
        if (options.Overflow == Overflow.DropNew) return null;
        var fits = (queue?.Unsettled ?? 0) + pendingCount < options.MaxMessages
            && (queue?.Bytes ?? 0) + pendingBytes + Entry.RoundUp(message.RecordBytes) <= options.MaxBytes;
        if (fits || PushingOut.CanMakeRoom(queue, message, options)) return null;
        context.Counters.Refused++;
        return new QueueException(
            QueueErrorCode.QueueFull, $"'{message.Queue.Name}' is full: {queue?.Unsettled ?? 0} messages, {queue?.Bytes ?? 0} bytes.");
    }

    /// <summary>What no state of the queue would make right.</summary>
    private QueueException? RefuseAsSuch(in PreparedMessage message, QueueOptions options)
    {
        var name = message.Queue.Name;
        if (message.PayloadBytes > options.MaxMessageBytes)
            return new QueueException(
                QueueErrorCode.TooLarge,
                $"The message has {message.PayloadBytes} bytes; the limit of '{name}' is {options.MaxMessageBytes}.");
        var size = Entry.RoundUp(message.RecordBytes);
        if (size > options.MaxBytes)
            return new QueueException(
                QueueErrorCode.TooLarge,
                $"The message takes {size} bytes, and all of '{name}' may have {options.MaxBytes} (MaxBytes).");
        if (message.Message.DeliverAt is { } at
            && at.ToUnixTimeMilliseconds() - context.State.Wall.Now > (long)QueueOptions.MaxDelay.TotalMilliseconds)
            return new QueueException(QueueErrorCode.Invalid, "DeliverAt must be within 366 days.");
        return null;
    }
}
