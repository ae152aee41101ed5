using System.Runtime.CompilerServices;
using Stork.Queues.State;

namespace Stork.Queues.Rules;

/// <summary>Limits on how fast and how many of a queue's messages are out.</summary>
internal sealed class FlowControl(RuleContext context)
{
    private readonly PriorityQueue<QueueState, long> _heldBack = new();

    /// <summary>When a queue may go on; null: none waits.</summary>
    public long? NextWake => _heldBack.TryPeek(out _, out var at) ? at : null;

    public bool MayHandOut(QueueState queue, long sequence)
    {
        var options = context.Queues.OptionsOf(queue);
        if (options is { MaxConcurrency: null, MaxPerSecond: null, Breaker: null }) return true;
        if (queue.InFlight >= options.MaxConcurrency)
        {
            // Where every consumer gets every message, one that is out already is not one more.
            ref var entry = ref queue.Find(sequence);
            if (Unsafe.IsNullRef(ref entry) || entry.State != MessageState.InFlight) return false;
        }

        if (options is { MaxPerSecond: null, Breaker: null }) return true;
        var flow = queue.Busy.Volatile.Flow ??= new QueueFlow(options.MaxPerSecond, options.Breaker);
        if (flow.MayDeliver(context.Volatile.Monotonic, queue.InFlight, out var wakeAt)) return true;
        if (wakeAt is { } at && !flow.Waits)
        {
            flow.Waits = true;
            _heldBack.Enqueue(queue, at);
        }

        return false;
    }

    public void WakeHeldBack()
    {
        while (_heldBack.TryPeek(out var queue, out var at) && at <= context.Volatile.Monotonic)
        {
            _heldBack.Dequeue();
            if (queue.Work?.Volatile.Flow is not { } flow) continue;
            flow.Waits = false;
            context.Volatile.MarkDirty(queue);
        }
    }

    /// <summary>For the breaker of the queue.</summary>
    public void CountOutcome(QueueState queue, bool failed)
    {
        if (queue.Work?.Volatile.Flow is { } flow && flow.Ended(failed, context.Volatile.Monotonic)) context.Counters.BreakerOpenings++;
    }
}
