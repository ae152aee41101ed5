using Stork.Queues;

namespace Stork.Durable.WorkQueues;

/// <summary>Puts together what is stored of a job.</summary>
internal static class JobMessage
{
    /// <summary>Adds the sender's trace context, as far as it fits, and the lengths of attachments to the application's headers.</summary>
    public static Message Create(ReadOnlyMemory<byte> body, string? attachments, EnqueueOptions options)
    {
        var headers = QueueTelemetry.Inject(options.Headers, attachments is null ? Message.MaxHeaders : Message.MaxHeaders - 1);
        if (attachments is not null)
        {
            headers ??= options.Headers is null ? new(StringComparer.Ordinal) : new(options.Headers, StringComparer.Ordinal);
            headers[JobBody.AttachmentsHeader] = attachments;
        }

        return new Message(body)
        {
            Delay = options.Delay,
            DeliverAt = options.DeliverAt,
            Key = options.Key,
            Priority = options.Priority,
            DedupId = options.DedupId,
            Producer = options.Producer,
            ProducerSequence = options.ProducerSequence,
            TimeToLive = options.TimeToLive,
            Headers = headers ?? options.Headers,
        };
    }
}
