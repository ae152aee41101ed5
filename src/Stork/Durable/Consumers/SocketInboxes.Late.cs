using Stork.Queues;
using Stork.Durable.Inboxes;

namespace Stork.Durable.Consumers;

// Acknowledgements that have to be asked after in the store.
internal sealed partial class SocketInboxes
{
    /// <summary>
    /// An acknowledgement of something this socket was not sent: perhaps its client got it on an earlier connection, or from an earlier run of the
    /// server. It counts if it was sent to the same identity, and otherwise not at all.
    /// </summary>
    private async Task SettleLateAsync(int ackId, byte[] payload, List<Wanted>? wanted)
    {
        try
        {
            HashSet<string> owners;
            lock (_gate)
            {
                owners = [.. _subscriptions.Select(static subscription => subscription.Owner)];
                if (_owner is not null) owners.Add(_owner);
            }

            foreach (var owner in owners)
            {
                // Without an argument it says the same in every style.
                var style = AckAnswer.IsPlain(payload) ? AckStyle.Value : await StyleOfAsync(ackId, owner, wanted);
                if (await SettleAsync(ackId, owner, AckAnswer.Read(payload, style)) is not (null or SettleOutcome.Unknown)) return;
            }
        }
        finally
        {
            Interlocked.Decrement(ref _lateAcks);
        }
    }

    /// <summary>What answers to a delivery mean, by the queue it came from, which this socket need not have any more, or not have yet.</summary>
    private async Task<AckStyle> StyleOfAsync(int ackId, string owner, List<Wanted>? wanted)
    {
        MessageQueue? queue;
        try
        {
            queue = await Store.FindQueueAsync(ackId, owner);
        }
        catch (QueueException)
        {
            // The store is closed or failed, and will take no answer either.
            return default;
        }

        if (queue is null) return default;
        var isWork = queue.Kind == QueueKind.Work;
        bool IsIt(string name, string? jobEvent) =>
            jobEvent is not null == isWork && (isWork ? name : InboxNames.Store(Socket.Namespace, name)) == queue.Name;
        lock (_gate)
        {
            if (_subscriptions.Find(own => IsIt(own.Name, own.JobEvent)) is { } subscription) return subscription.Options.AckStyle;
        }

        if (wanted?.Find(own => IsIt(own.Name, own.JobEvent)) is { Options: { } options }) return options.AckStyle;
        return isWork ? Socket.Namespace.FindQueueMapping(queue.Name)?.ConsumerOptions.AckStyle ?? default : Socket.Server.Storage.Inbox.AckStyle;
    }

    private async Task<SettleOutcome?> SettleAsync(int ackId, string owner, AckAnswer answer)
    {
        try
        {
            return await (answer.Verdict switch
            {
                AckVerdict.Nack => Store.NackAsync(ackId, owner, answer.Delay, answer.Reason),
                AckVerdict.Reject => Store.RejectAsync(ackId, owner, answer.Reason),
                AckVerdict.Release => Store.ReleaseAsync(ackId, owner),
                _ => Store.AckAsync(ackId, owner),
            });
        }
        catch (QueueException)
        {
            // The store is closed or failed; the message comes again.
            return null;
        }
    }
}
