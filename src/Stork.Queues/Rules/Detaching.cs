using Stork.Queues.Records;
using Stork.Queues.State;

namespace Stork.Queues.Rules;

/// <summary>Consumers lose their connection: what they have waits for their return, and goes back when the grace is over.</summary>
internal sealed class Detaching(RuleContext context, Failing failing, RemovingIdle idle)
{
    private readonly VolatileState _volatile = context.Volatile;

    /// <summary>When a grace ends.</summary>
    public long? NextGraceEnd => _volatile.Graces.TryPeek(out _, out var end) ? end : null;

    /// <summary>The consumer's connection is gone: its leases stand still until it returns or the grace ends.</summary>
    /// <param name="consumer">The consumer.</param>
    /// <param name="how">How the connection ended.</param>
    public void Detach(ConsumerState consumer, Departure how)
    {
        if (consumer.Closed || consumer.GraceEnd != 0) return;
        if (Suspicion.IsCast(consumer, how)) consumer.LeftAt = _volatile.Monotonic;
        var queue = consumer.Queue;
        queue.Busy.Volatile.Consumers.Remove(consumer);
        for (var attempt = consumer.Out.Newest; attempt is not null; attempt = attempt.OlderOut) LeaseList.Remove(attempt);
        consumer.LossCounted |= how == Departure.Stopped;
        AwaitReturn(consumer);
        idle.RecordActivity(queue, consumer.Device);
        _volatile.MarkDirty(queue);
    }

    /// <summary>The grace begins.</summary>
    public void AwaitReturn(ConsumerState consumer)
    {
        (consumer.Queue.Busy.Volatile.Detached ??= []).Add(consumer);
        var grace = (long)context.Queues.OptionsOf(consumer.Queue).DisconnectGrace.TotalMilliseconds;
        consumer.GraceEnd = Math.Max(1, _volatile.Monotonic + grace);
        _volatile.Graces.Enqueue(consumer, consumer.GraceEnd);
    }

    public void EndGraces()
    {
        while (_volatile.Graces.TryPeek(out var consumer, out var end) && end <= _volatile.Monotonic)
        {
            if (!GiveBack(consumer)) return;
            _volatile.Graces.Dequeue();
        }
    }

    /// <summary>
    /// The grace is over. Of a work queue, the oldest message may be why the consumer went, and counts as failed. False: no room.
    /// </summary>
    private bool GiveBack(ConsumerState consumer)
    {
        if (consumer.Closed) return true;
        var queue = consumer.Queue;
        foreach (var attempt in consumer.Out.InOrder())
        {
            if (!context.Emitter.Fits(RoomNeeds.ToRestate(queue, attempt.Sequence))) return false;
            if (queue.Kind == QueueKind.Work && !consumer.LossCounted)
                failing.Fail(attempt, ReturnKind.LostOldest, "the connection was lost", null);
            else failing.EndLost(attempt, Suspicion.Judge(consumer, attempt, ReturnKind.Lost));
            consumer.LossCounted = true;
        }

        consumer.Closed = true;
        queue.Work?.Volatile.Detached?.Remove(consumer);
        queue.Trim();
        return true;
    }
}
