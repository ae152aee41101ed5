using Stork.Queues;
using Stork.Wire;

namespace Stork.Durable.Storage;

/// <summary>
/// Stores what one socket sends, in the order it came, and answers each event once its message is as durable as the store promises. While
/// the store is in trouble there is no answer: silence is what makes a client with <c>retries</c> keep the event, and its order, and try
/// again.
/// </summary>
internal abstract class SocketProducer(Socket socket, bool withholdsWhenFull, TimeSpan retryAfter) : IStoredEvents
{
    private readonly EnqueueLine _line = socket.RequireConsumers().Line;

    protected Socket Socket => socket;

    /// <summary>Whether refusals have a text beside their code.</summary>
    protected abstract bool ExplainsRefusals { get; }

    public abstract TraceSpan StartSend(int count);

    public ValueTask AnswerAsync(SocketEvent received, EnqueueReceipt receipt) =>
        receipt.Dropped ? RefuseFullAsync(received) : received.Acknowledgement?.Send(new StoredAnswer(receipt)) ?? ValueTask.CompletedTask;

    public ValueTask RefuseAsync(SocketEvent received, Exception failure)
    {
        switch ((failure as QueueException)?.Code)
        {
            case QueueErrorCode.Invalid:
                return RefuseAsync(received, "invalid", failure.Message);
            case QueueErrorCode.TooLarge:
                return RefuseAsync(received, "too_large", "The job is larger than this queue takes.");
            case QueueErrorCode.QueueFull:
                return RefuseFullAsync(received);
            default:
                LogNotStored(received, failure);
                return ValueTask.CompletedTask;
        }
    }

    /// <summary>Completes when the socket's next event may be handled.</summary>
    protected Task StoreAsync(SocketEvent received, MessageQueue queue, Message message) => received.Acknowledgement?.Collector is null
        ? _line.AddAsync(queue, message, received, this)
        : StoreAloneAsync(received, queue, message);

    protected ValueTask RefuseAsync(SocketEvent received, string code, string message, TimeSpan? retryAfter = null)
    {
        var reply = new RefusedReply("error", code, ExplainsRefusals ? message : null, (long?)retryAfter?.TotalMilliseconds);
        return received.Acknowledgement?.SendAsync(reply) ?? ValueTask.CompletedTask;
    }

    protected abstract void LogNotStored(SocketEvent received, Exception failure);

    private ValueTask RefuseFullAsync(SocketEvent received) =>
        withholdsWhenFull ? ValueTask.CompletedTask : RefuseAsync(received, "queue_full", "The queue is full.", retryAfter);

    /// <summary>What is to be remembered as the answer of a handler has to be there when that returns.</summary>
    private async Task StoreAloneAsync(SocketEvent received, MessageQueue queue, Message message)
    {
        using var span = StartSend(1);
        try
        {
            await AnswerAsync(received, await queue.EnqueueAsync(message));
        }
        catch (QueueException exception)
        {
            await RefuseAsync(received, exception);
        }
    }
}
