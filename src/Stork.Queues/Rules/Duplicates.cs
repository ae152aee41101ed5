using System.Text;
using Stork.Queues.State;

namespace Stork.Queues.Rules;

/// <summary>Recognizes what a producer sends once more.</summary>
internal static class Duplicates
{
    /// <summary>The receipt of the message that was stored before, by its id or by the producer's number; null: it is new.</summary>
    public static EnqueueReceipt? Find(QueueState queue, in PreparedMessage message, long now)
    {
        if (message.DedupId is not null && queue.Work?.Dedup is { } dedup && dedup.TryFind(message.DedupHash, now, out var seen))
            return new EnqueueReceipt(seen.Id, seen.Sequence, Duplicate: true);
        if (message.Producer is null || queue.Work?.Producers is not { } producers) return null;
        if (!producers.TryGet(Encoding.UTF8.GetString(message.Producer), out var last) || message.Message.ProducerSequence > last.Number)
            return null;
        return message.Message.ProducerSequence == last.Number
            ? new EnqueueReceipt(last.Id, last.Sequence, Duplicate: true)
            : new EnqueueReceipt(Guid.Empty, 0, Duplicate: true);
    }
}
