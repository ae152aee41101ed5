using Stork.Queues.Records;
using Stork.Queues.State;

namespace Stork.Queues.Rules;

/// <summary>What operators do with a queue: they hold it, empty it, and go back in it.</summary>
internal sealed class Operating(RuleContext context)
{
    public void Pause(QueueState queue, bool paused)
    {
        if (queue.Paused == paused) return;
        context.Emitter.Emit(new PauseRecord(queue.Id, paused), SyncClass.Fsync);

        // The state record must be written anew from where this one is, or reclaim would forget it.
        context.Queues.Restate(queue);
    }

    /// <summary>Ends every message that is not out at a consumer; says how many.</summary>
    public int Purge(QueueState queue)
    {
        var count = queue.Ready + queue.Scheduled;
        if (count > 0) context.Emitter.Emit(new PurgeRecord(queue.Id, queue.NextSequence - 1, count), SyncClass.Fsync);
        return count;
    }

    /// <summary>Makes retained messages from a sequence on ready again; says how many.</summary>
    public int Seek(QueueState queue, long from)
    {
        var count = CountSeekable(queue, from, context.State.Now);
        if (count > 0) context.Emitter.Emit(new SeekRecord(queue.Id, from, count), SyncClass.Fsync);
        return count;
    }

    public static int CountSeekable(QueueState queue, long from, long now)
    {
        var count = 0;
        for (var i = queue.Entries.LowerBound(from); i < queue.Entries.Count; i++)
            if (queue.Entries.At(i).CanBeSought(now)) count++;
        return count;
    }

    /// <summary>What the totals do not account for: messages whose records are lost.</summary>
    public static long CountUnaccounted(QueueState queue)
    {
        var (waiting, totals) = ((long)queue.Ready + queue.Scheduled + queue.InFlight, queue.Totals);
        var ended = totals.Acked + totals.Expired + totals.Dropped + totals.DeadLettered + totals.Purged + totals.Redriven;
        return queue.NextSequence - 1 - waiting - ended;
    }

    /// <summary>Counts lost messages as dropped, so that the totals add up again, and never gives out their sequences again.</summary>
    public void WriteOff(QueueState queue, long nextSequence)
    {
        nextSequence = Math.Max(queue.NextSequence, nextSequence);
        var lost = CountUnaccounted(queue) + nextSequence - queue.NextSequence;
        var totals = queue.Totals;
        context.Queues.Restate(queue, nextSequence, totals with { Dropped = totals.Dropped + Math.Max(0, lost) }, queue.LastActive);
    }
}
