using System.Runtime.CompilerServices;

namespace Stork.Queues.Core;

/// <summary>Limits on how fast and how many of a queue's messages are out.</summary>
internal sealed partial class ShardCore
{
    private readonly PriorityQueue<QueueState, long> _heldBack = new();

    private bool MayHandOut(QueueState queue, long sequence)
    {
        var options = OptionsOf(queue);
        if (options is { MaxConcurrency: null, MaxPerSecond: null, Breaker: null }) return true;
        if (queue.InFlight >= options.MaxConcurrency)
        {
            // Where every consumer gets every message, one that is out already is not one more.
            ref var entry = ref queue.Find(sequence);
            if (Unsafe.IsNullRef(ref entry) || entry.State != MessageState.InFlight) return false;
        }

        if (options is { MaxPerSecond: null, Breaker: null }) return true;
        var flow = queue.Busy.Flow ??= new QueueFlow(options.MaxPerSecond, options.Breaker);
        if (flow.MayDeliver(Monotonic, queue.InFlight, out var wakeAt)) return true;
        if (wakeAt is { } at && !flow.Waits)
        {
            flow.Waits = true;
            _heldBack.Enqueue(queue, at);
        }

        return false;
    }

    private void WakeHeldBack()
    {
        while (_heldBack.TryPeek(out var queue, out var at) && at <= Monotonic)
        {
            _heldBack.Dequeue();
            if (queue.Work?.Flow is not { } flow) continue;
            flow.Waits = false;
            MarkDirty(queue);
        }
    }

    private void NoteOutcome(QueueState queue, bool failed)
    {
        if (queue.Work?.Flow is { } flow && flow.Ended(failed, Monotonic)) Counters.BreakerOpenings++;
    }
}
