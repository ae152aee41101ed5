namespace Stork.Queues.Core;

internal sealed partial class ShardCore
{
    /// <summary>Stored and not settled, over all queues.</summary>
    public long Messages => Queues.Sum(static q => (long)q.Unsettled);

    /// <summary>Ids below are, or may have been, given out.</summary>
    public int NextAckId => _nextAckId;

    /// <summary>What the totals do not account for: messages whose records are lost.</summary>
    public static long Unaccounted(QueueState queue)
    {
        var it = Describe(queue);
        return it.Enqueued - (
            it.Ready + it.Scheduled + it.InFlight + it.Acked + it.Expired + it.Dropped + it.DeadLettered + it.Purged + it.Redriven);
    }

    /// <summary>Counts lost messages as dropped, so that the totals add up again, and never gives out their sequences again.</summary>
    public void WriteOff(QueueState queue, long nextSequence)
    {
        queue.NextSequence = Math.Max(queue.NextSequence, nextSequence);
        var lost = Unaccounted(queue);
        if (lost > 0) (queue.Others ??= new SettledTotals()).Dropped += lost;
        EmitQueue(queue);
    }
}
