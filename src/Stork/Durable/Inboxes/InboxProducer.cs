using System.Text.Json;
using Stork.Durable.Idempotency;
using Stork.Queues;
using Stork.Wire;
using Stork.Durable.Storage;
using Stork.Administration;
using Stork.Diagnostics;
using Stork.Durable.WorkQueues;
using Stork.Durable.Consumers;

namespace Stork.Durable.Inboxes;

/// <summary>An event that a client sends straight into inboxes. The answer follows the sync; where the store is in trouble there is none, so that a client
/// with <c>retries</c> keeps the event, and its order, and tries again.</summary>
internal sealed class InboxProducer(Socket socket, Func<SocketEvent, string?> inbox, InboxMapping mapping) : IStoredEvents
{
    private readonly EnqueueLine _line = socket.Inboxes!.Line;

    public async ValueTask HandleAsync(SocketEvent received)
    {
        string? target;
        string? id = null;
        try
        {
            target = inbox(received);
            if (mapping.DedupId is { } select) id = select(received) is { Length: > 0 } picked ? OnceKey.Of(socket, picked) : throw new JsonException("It has no id.");
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or FormatException or KeyNotFoundException)
        {
            Log.InvalidArguments(socket.Server.Logger, received.Name, socket.Id, ExceptionText.MessageOf(exception));
            await SendAsync(received, new RefusedReply("error", "invalid", null));
            return;
        }

        if (string.IsNullOrEmpty(target)) await SendAsync(received, new RefusedReply("error", "forbidden", null));
        else await StoreAsync(received, target, id);
    }

    TraceSpan IStoredEvents.StartSend(int count) => default;

    public ValueTask AnswerAsync(SocketEvent received, EnqueueReceipt receipt) => receipt.Dropped
        ? SendAsync(received, new RefusedReply("error", "queue_full", (long)mapping.RetryAfter.TotalMilliseconds))
        : received.Acknowledgement?.Send(new StoredAnswer(receipt)) ?? ValueTask.CompletedTask;

    public ValueTask RefuseAsync(SocketEvent received, Exception failure)
    {
        switch ((failure as QueueException)?.Code)
        {
            case QueueErrorCode.QueueFull:
                return SendAsync(received, new RefusedReply("error", "queue_full", (long)mapping.RetryAfter.TotalMilliseconds));
            case QueueErrorCode.TooLarge:
                return SendAsync(received, new RefusedReply("error", "too_large", null));
            case QueueErrorCode.Invalid:
                return SendAsync(received, new RefusedReply("error", "invalid", null));
            default:
                Log.NotStored(socket.Server.Logger, failure, received.Name, socket.Id);
                return ValueTask.CompletedTask;
        }
    }

    private async ValueTask StoreAsync(SocketEvent received, string target, string? id)
    {
        MessageQueue queue;
        Message message;
        try
        {
            var handle = socket.Namespace.Inbox(target);
            queue = handle.Queue;
            var body = InboxBody.Create(received.Arguments.Json.Span, received.Arguments.AttachmentArray);
            message = handle.With(id is null ? mapping.Options : mapping.Options with { DedupId = id }).CreateMessage(received.Name, body);
        }
        catch (QueueException exception)
        {
            await RefuseAsync(received, exception);
            return;
        }

        if (received.Acknowledgement?.Collector is null) await _line.AddAsync(queue, message, received, this);
        else await StoreAloneAsync(received, queue, message);
    }

    /// <summary>What is to be remembered as the answer of a handler has to be there when that returns.</summary>
    private async ValueTask StoreAloneAsync(SocketEvent received, MessageQueue queue, Message message)
    {
        try
        {
            await AnswerAsync(received, await queue.EnqueueAsync(message));
        }
        catch (QueueException exception)
        {
            await RefuseAsync(received, exception);
        }
    }

    private static ValueTask SendAsync<T>(SocketEvent received, T answer) => received.Acknowledgement?.SendAsync(answer) ?? ValueTask.CompletedTask;
}
