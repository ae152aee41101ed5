using Stork.Durable.WorkQueues;
using Stork.Queues;

namespace Stork.Durable.Consumers;

/// <summary>
/// Acknowledgements of something this socket was not sent: perhaps its client got it on an earlier connection, or from an earlier run of
/// the server. One counts if the message was sent to the same identity, and otherwise not at all.
/// </summary>
internal sealed class LateAcks(SocketConsumers consumers)
{
    /// <summary>So many keep the store busy at once. A flood of them is ignored beyond; one that was meant is repeated by the message
    /// coming again.</summary>
    private const int MaxConcurrent = 256;

    private int _running;

    /// <param name="ackId">The number that the client gives.</param>
    /// <param name="payload">What it says; valid until the call returns.</param>
    /// <param name="wanted">What the socket is about to be given.</param>
    /// <returns>Completes when the store has it.</returns>
    public Task SettleAsync(int ackId, ReadOnlyMemory<byte> payload, IReadOnlyList<DeliverySource> wanted)
    {
        if (Interlocked.Increment(ref _running) <= MaxConcurrent) return SettleAsync(ackId, payload.ToArray(), wanted);
        Interlocked.Decrement(ref _running);
        return Task.CompletedTask;
    }

    private async Task SettleAsync(int ackId, byte[] payload, IReadOnlyList<DeliverySource> wanted)
    {
        try
        {
            foreach (var owner in consumers.GetOwners())
            {
                // Without an argument it says the same in every style.
                var style = AckAnswer.IsPlain(payload) ? AckStyle.Value : await StyleOfAsync(ackId, owner, wanted);
                var outcome = await AckAnswer.Read(payload, style).SettleAsync(consumers.Store, ackId, owner);
                if (outcome is not (null or SettleOutcome.Unknown)) return;
            }
        }
        finally
        {
            Interlocked.Decrement(ref _running);
        }
    }

    /// <summary>What answers to a delivery mean, by the queue it came from, which this socket need not have any more, or not have
    /// yet.</summary>
    private async Task<AckStyle> StyleOfAsync(int ackId, string owner, IReadOnlyList<DeliverySource> wanted)
    {
        MessageQueue? queue;
        try
        {
            queue = await consumers.Store.FindQueueAsync(ackId, owner);
        }
        catch (QueueException)
        {
            // The store is closed or failed, and will take no answer either.
            return default;
        }

        if (queue is null) return default;
        var nsp = consumers.Socket.Namespace;
        foreach (var source in consumers.GetSources().Concat(wanted))
        {
            if (source.Kind == queue.Kind && source.QueueNameIn(nsp) == queue.Name) return source.AckStyle;
        }

        return queue.Kind == QueueKind.Work
            ? nsp.Features.Find<QueueEvents>()?.FindForConsumers(queue.Name)?.ConsumerOptions.AckStyle ?? default
            : consumers.Socket.Server.Storage.Inbox.AckStyle;
    }
}
