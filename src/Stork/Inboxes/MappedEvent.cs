using System.Text.Json;
using Stork.Once;
using Stork.Queues;
using Stork.Serialization;

namespace Stork.Inboxes;

/// <summary>An event that clients send straight into inboxes. The answer follows the sync; where the store is in trouble there is none, so that a client
/// with <c>retries</c> keeps the event, and its order, and tries again.</summary>
internal sealed class MappedEvent(Namespace nsp, Func<SocketEvent, string?> inbox, InboxMapping mapping)
{
    public async Task HandleAsync(SocketEvent received)
    {
        string? target;
        string? id = null;
        try
        {
            target = inbox(received);
            if (mapping.DedupId is { } select) id = select(received) is { Length: > 0 } picked ? OnceKey.Of(received.Socket, picked) : throw new JsonException("It has no id.");
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or FormatException or KeyNotFoundException)
        {
            Log.InvalidArguments(nsp.Server.Logger, received.Name, received.Socket.Id, exception.Message);
            await AnswerAsync(received, new RefusedReply("error", "invalid", null));
            return;
        }

        if (string.IsNullOrEmpty(target)) await AnswerAsync(received, new RefusedReply("error", "forbidden", null));
        else await StoreAsync(received, target, id);
    }

    private async Task StoreAsync(SocketEvent received, string target, string? id)
    {
        try
        {
            var receipt = await nsp.Inbox(target).With(mapping.Options with { DedupId = id }).StoreAsync(received.Name, received.Arguments.ToBody());
            if (receipt.Dropped) await AnswerAsync(received, new RefusedReply("error", "queue_full", (long)mapping.RetryAfter.TotalMilliseconds));
            else await AnswerAsync(received, new StoredReply("ok", receipt.Id, receipt.Sequence, receipt.Duplicate));
        }
        catch (QueueException exception) when (exception.Code is QueueErrorCode.QueueFull or QueueErrorCode.TooLarge or QueueErrorCode.Invalid)
        {
            var (code, wait) = exception.Code switch
            {
                QueueErrorCode.QueueFull => ("queue_full", (long?)mapping.RetryAfter.TotalMilliseconds),
                QueueErrorCode.TooLarge => ("too_large", null),
                _ => ("invalid", null),
            };
            await AnswerAsync(received, new RefusedReply("error", code, wait));
        }
        catch (QueueException exception)
        {
            Log.NotStored(nsp.Server.Logger, exception, received.Name, received.Socket.Id);
        }
    }

    private static ValueTask AnswerAsync<T>(SocketEvent received, T answer) => received.Acknowledgement?.SendAsync(answer) ?? ValueTask.CompletedTask;
}
