using Stork.Queues;
using Stork.Durable.Storage;
using Stork.Administration;
using Stork.Diagnostics;

namespace Stork.Durable.WorkQueues;

/// <summary>Stores what one socket sends to one queue, in the order it came.</summary>
internal sealed class QueueProducer(Socket socket, QueueMapping queue) : IStoredEvents
{
    private const int RetryAfterMilliseconds = 1000;

    private readonly MessageQueue _storage = socket.Server.RequireStore().Queue(queue.Name);
    private readonly EnqueueLine _line = socket.Inboxes!.Line;
    private bool? _isAllowed;

    /// <summary>Completes when the socket's next event may be handled.</summary>
    public async ValueTask OnEvent(SocketEvent received, Func<SocketEvent, EnqueueOptions?> options)
    {
        _isAllowed ??= await queue.Producers.IsAllowedAsync(socket, queue.Name);
        if (_isAllowed != true)
        {
            await RefuseAsync(received, "forbidden", "This client may not put jobs into this queue.");
            return;
        }

        if (Describe(received, options) is not { } message)
        {
            await RefuseAsync(received, "invalid", "The job is missing, or not what this queue takes.");
            return;
        }

        await _line.AddAsync(_storage, message, received, this);
    }

    private Message? Describe(SocketEvent received, Func<SocketEvent, EnqueueOptions?> options)
    {
        if (received.Arguments.Count == 0) return null;
        try
        {
            var chosen = options(received) ?? EnqueueOptions.None;
            var body = JobBody.Write(received.Arguments.GetJson(0), received.Arguments.Attachments, out var attachments);
            return JobMessage.Create(body, attachments, chosen);
        }
#pragma warning disable CA1031 // Whatever the application's own reading of what a client sent ends in, the client is told.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            QueueLog.InvalidJob(socket.Server.Logger, failure, queue.Name, socket.Id);
            return null;
        }
    }

    TraceSpan IStoredEvents.StartSend(int count) => QueueTelemetry.StartSend(queue.Name, count);

    ValueTask IStoredEvents.AnswerAsync(SocketEvent received, EnqueueReceipt receipt) =>
        receipt.Dropped ? RefuseFullAsync(received) : received.Acknowledgement?.Send(new StoredAnswer(receipt)) ?? ValueTask.CompletedTask;

    ValueTask IStoredEvents.RefuseAsync(SocketEvent received, Exception failure)
    {
        if (failure is QueueException known) return RefuseAsync(received, known);
        QueueLog.NotStored(socket.Server.Logger, failure, queue.Name, socket.Id);
        return ValueTask.CompletedTask;
    }

    private ValueTask RefuseAsync(SocketEvent received, QueueException failure)
    {
        switch (failure.Code)
        {
            case QueueErrorCode.Invalid:
                return RefuseAsync(received, "invalid", failure.Message);
            case QueueErrorCode.TooLarge:
                return RefuseAsync(received, "too_large", "The job is larger than this queue takes.");
            case QueueErrorCode.QueueFull:
                return RefuseFullAsync(received);
            default:
                // Silence is the one answer that makes a client try again without losing its order.
                QueueLog.NotStored(socket.Server.Logger, failure, queue.Name, socket.Id);
                return ValueTask.CompletedTask;
        }
    }

    private ValueTask RefuseFullAsync(SocketEvent received) =>
        queue.WithholdsWhenFull ? ValueTask.CompletedTask : RefuseAsync(received, "queue_full", "The queue is full.", RetryAfterMilliseconds);

    private static ValueTask RefuseAsync(SocketEvent received, string code, string message, int? retryAfter = null) =>
        received.Acknowledgement?.SendAsync(new QueueRefusalReply("error", code, message, retryAfter)) ?? ValueTask.CompletedTask;
}
