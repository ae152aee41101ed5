using System.Runtime.InteropServices;
using System.Text;
using Stork.Queues.Records;
using Stork.Queues.State;

namespace Stork.Queues.Rules;

/// <summary>A checked message with its texts as bytes: made on the producer's thread, so that the shard's thread only copies.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly struct PreparedMessage
{
    /// <summary>What a record adds to body, headers and texts at most.</summary>
    private const int FixedBytes = 128;

    private readonly MessageTexts? _texts;

    // Apart from the other texts, as events of inboxes have a subject and mostly nothing else.
    private readonly byte[]? _subject;

    private PreparedMessage(QueueAddress queue, Message message)
    {
        Queue = queue;
        Message = message;
        if (message.Subject is { } subject)
        {
            CheckText(subject, nameof(Message.Subject));
            _subject = SubjectBytes.Of(subject);
        }

        if (message is { Key: null, DedupId: null, Producer: null, CollapseKey: null, Headers: null or { Count: 0 } }) return;
        _texts = new MessageTexts
        {
            Key = Text(message.Key, nameof(Message.Key)),
            DedupId = Text(message.DedupId, nameof(Message.DedupId)),
            Producer = Text(message.Producer, nameof(Message.Producer)),
            Collapse = Text(message.CollapseKey, nameof(Message.CollapseKey)),
            Headers = EncodeHeaders(message.Headers),
        };
        if (DedupId is not null) _texts.DedupHash = IdHash.Of(DedupId);
        if (Collapse is not null) _texts.CollapseHash = IdHash.Of(Collapse);
    }

    public QueueAddress Queue { get; }

    public Message Message { get; }

    public byte[]? Key => _texts?.Key;

    public byte[]? DedupId => _texts?.DedupId;

    public byte[]? Producer => _texts?.Producer;

    public byte[]? Collapse => _texts?.Collapse;

    public byte[]? Subject => _subject;

    public byte[]? Headers => _texts?.Headers;

    public UInt128 DedupHash => _texts?.DedupHash ?? default;

    public UInt128 CollapseHash => _texts?.CollapseHash ?? default;

    /// <summary>Body and headers, which the limit on messages counts.</summary>
    public int PayloadBytes => Message.Body.Length + (Headers?.Length ?? 0);

    public int RecordBytes => FixedBytes + Message.Body.Length + (_subject?.Length ?? 0) + (_texts?.Bytes ?? 0);

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

    private static byte[]? Text(string? text, string name)
    {
        if (text is null) return null;
        CheckText(text, name);
        return Encoding.UTF8.GetBytes(text);
    }

    private static void CheckText(string text, string name) => Check(
        text.Length > 0 && Encoding.UTF8.GetByteCount(text) <= Message.MaxTextBytes,
        $"{name} must have 1 to {Message.MaxTextBytes} bytes");

    private static byte[]? EncodeHeaders(IReadOnlyDictionary<string, string>? headers)
    {
        if (headers is null or { Count: 0 }) return null;
        Check(headers.Count <= Message.MaxHeaders, $"a message can have {Message.MaxHeaders} headers");
        foreach (var (name, value) in headers)
        {
            var (nameBytes, valueBytes) = (Encoding.UTF8.GetByteCount(name), Encoding.UTF8.GetByteCount(value));
            Check(
                nameBytes is > 0 and <= Message.MaxTextBytes && valueBytes <= Message.MaxHeaderBytes,
                $"a header's name has 1 to {Message.MaxTextBytes}, its value up to {Message.MaxHeaderBytes} bytes");
        }

        return MessageHeaders.Encode(headers);
    }

    private static void Check(bool holds, string rule)
    {
        if (!holds) throw new QueueException(QueueErrorCode.Invalid, $"Not accepted: {rule}.");
    }
}
