using Stork.Queues;

namespace Stork.WorkQueues;

/// <summary>
/// Stores what one socket sends to one queue. Events are handed to the store in their order without waiting for each other's sync, so that
/// one sync
/// serves all that came meanwhile; behind <see cref="MaxPending"/> the socket's next event waits.
/// </summary>
internal sealed class SocketProducer(Socket socket, QueueMapping queue)
{
    /// <summary>Jobs of one socket that may wait for their sync.</summary>
    private const int MaxPending = 256;

    private const int RetryAfterMilliseconds = 1000;

    private readonly MessageQueue _storage = socket.Server.RequireStore().Queue(queue.Name);
    private readonly Lock _gate = new();
    private TaskCompletionSource? _room;
    private bool? _isAllowed;
    private int _pending;

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

        _ = StoreAsync(received, message);
        await WaitForRoomAsync();
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

    private async Task StoreAsync(SocketEvent received, Message message)
    {
        lock (_gate) _pending++;
        try
        {
            using var sending = QueueTelemetry.StartSend(queue.Name, count: 1);
            var receipt = await _storage.EnqueueAsync(message);
            if (receipt.Dropped) await RefuseFullAsync(received);
            else if (received.Acknowledgement is { } asked) await asked.SendAsync(new QueueReceiptReply("ok", receipt.Id, receipt.Sequence, receipt.Duplicate));
        }
        catch (QueueException failure)
        {
            await RefuseAsync(received, failure);
        }
#pragma warning disable CA1031 // Nobody waits for this task.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            QueueLog.NotStored(socket.Server.Logger, failure, queue.Name, socket.Id);
        }
        finally
        {
            TaskCompletionSource? room = null;
            lock (_gate)
            {
                if (--_pending < MaxPending) (room, _room) = (_room, null);
            }

            room?.TrySetResult();
        }
    }

    private Task WaitForRoomAsync()
    {
        lock (_gate)
        {
            if (_pending < MaxPending) return Task.CompletedTask;
            return (_room ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
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
