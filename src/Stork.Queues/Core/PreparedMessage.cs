using System.Text;
using Stork.Queues.Journal;

namespace Stork.Queues.Core;

/// <summary>A checked message with its texts as bytes: made on the producer's thread, so that the shard's thread only copies.</summary>
internal sealed class PreparedMessage
{
    public const int MaxTextBytes = 256;
    public const int MaxHeaders = 32;
    public const int MaxHeaderBytes = 4096;

    /// <summary>What a record adds to body, headers and texts at most.</summary>
    private const int FixedBytes = 128;

    private PreparedMessage(QueueAddress queue, Message message)
    {
        Queue = queue;
        Message = message;
        Key = Text(message.Key, nameof(Message.Key));
        DedupId = Text(message.DedupId, nameof(Message.DedupId));
        Producer = Text(message.Producer, nameof(Message.Producer));
        Collapse = Text(message.CollapseKey, nameof(Message.CollapseKey));
        Subject = Text(message.Subject, nameof(Message.Subject));
        Headers = EncodeHeaders(message.Headers);
        if (DedupId is not null) DedupHash = DedupTable.Hash(DedupId);
        if (Collapse is not null) CollapseHash = DedupTable.Hash(Collapse);
    }

    public QueueAddress Queue { get; }

    public Message Message { get; }

    public byte[]? Key { get; }

    public byte[]? DedupId { get; }

    public byte[]? Producer { get; }

    public byte[]? Collapse { get; }

    public byte[]? Subject { get; }

    public byte[]? Headers { get; }

    public UInt128 DedupHash { get; }

    public UInt128 CollapseHash { get; }

    /// <summary>Body and headers, which the limit on messages counts.</summary>
    public int PayloadBytes => Message.Body.Length + (Headers?.Length ?? 0);

    public int RecordBytes =>
        FixedBytes + PayloadBytes + Length(Key) + Length(DedupId) + Length(Producer) + Length(Collapse) + Length(Subject);

    public static PreparedMessage Create(QueueAddress queue, Message message)
    {
        Check(message.Priority is >= 0 and <= 9, "Priority must be from 0 to 9");
        Check(message.Priority == 0 || queue.Kind == QueueKind.Work, "only work queues have priorities");
        Check(
            message.TimeToLive is null || (message.TimeToLive > TimeSpan.Zero && message.TimeToLive <= QueueOptions.MaxDelay),
            "TimeToLive must be positive and at most 366 days");
        Check(message.Delay >= TimeSpan.Zero && message.Delay <= QueueOptions.MaxDelay, "Delay must be from zero to 366 days");
        Check(message.DeliverAt is null || message.Delay == TimeSpan.Zero, "a message has a Delay or a DeliverAt, not both");
        Check(message.Producer is not null || message.ProducerSequence == 0, "a ProducerSequence needs a Producer");
        Check(message.ProducerSequence >= 0, "ProducerSequence must not be negative");
        Check(queue.Kind != QueueKind.DeadLetter, "nothing is enqueued to dead letters directly");
        return new PreparedMessage(queue, message);
    }

    private static int Length(byte[]? text) => text?.Length ?? 0;

    private static byte[]? Text(string? text, string name)
    {
        if (text is null) return null;
        Check(text.Length > 0 && Encoding.UTF8.GetByteCount(text) <= MaxTextBytes, $"{name} must have 1 to {MaxTextBytes} bytes");
        return Encoding.UTF8.GetBytes(text);
    }

    private static byte[]? EncodeHeaders(IReadOnlyDictionary<string, string>? headers)
    {
        if (headers is null or { Count: 0 }) return null;
        Check(headers.Count <= MaxHeaders, $"a message can have {MaxHeaders} headers");
        var size = 5;
        foreach (var (name, value) in headers)
        {
            var nameBytes = Encoding.UTF8.GetByteCount(name);
            var valueBytes = Encoding.UTF8.GetByteCount(value);
            Check(
                nameBytes is > 0 and <= MaxTextBytes && valueBytes <= MaxHeaderBytes,
                $"a header's name has 1 to {MaxTextBytes}, its value up to {MaxHeaderBytes} bytes");
            size += nameBytes + valueBytes + 10;
        }

        var builder = new FrameBuilder();
        builder.Use(new byte[size]);
        builder.Clear();
        builder.Number(headers.Count);
        foreach (var (name, value) in headers)
        {
            builder.Text(name);
            builder.Text(value);
        }

        return builder.Written.ToArray();
    }

    private static void Check(bool holds, string rule)
    {
        if (!holds) throw new QueueException(QueueErrorCode.Invalid, $"Not accepted: {rule}.");
    }
}
