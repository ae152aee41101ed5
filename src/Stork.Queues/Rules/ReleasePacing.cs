using Stork.Queues.State;

namespace Stork.Queues.Rules;

/// <summary>
/// Consumers that give messages back without end get them no faster than the queue allows: a message that is given back goes out again at
/// once, so that the two would otherwise keep the shard busy for nothing.
/// </summary>
internal sealed class ReleasePacing(RuleContext context)
{
    private readonly PriorityQueue<ConsumerState, long> _held = new();
    private readonly PriorityQueue<QueueState, long> _paceEnds = new();

    /// <summary>When a consumer may go on.</summary>
    public long? NextWake => _held.TryPeek(out _, out var at) ? at : null;

    /// <summary>When owners may be forgotten.</summary>
    public long? NextEnd => _paceEnds.TryPeek(out _, out var at) ? at : null;

    private long Now => context.Volatile.Monotonic;

    /// <summary>The consumer has given messages back.</summary>
    public void CountReleases(ConsumerState consumer, int count)
    {
        if (count == 0) return;
        var perSecond = context.Queues.OptionsOf(consumer.Queue).MaxReleasesPerSecond;
        var pace = consumer.Pace ??= new ReleasePace(perSecond, consumer.MaxInFlight, Now);
        pace.Spend(count, Now);

        // Leaving and coming back is no way around it for who has a name.
        if (consumer.Options.Owner is { Length: > 0 } owner) Remember(consumer.Queue, owner, pace);
        HoldIfTooFast(consumer);
    }

    /// <summary>What the owner gave back before is not forgotten.</summary>
    public void RestorePace(ConsumerState consumer)
    {
        if (consumer.Options.Owner is not { Length: > 0 } owner || consumer.Queue.Work!.Volatile.Paces is not { } paces) return;
        if (!paces.TryGetValue(owner, out var pace)) return;
        consumer.Pace = pace;
        HoldIfTooFast(consumer);
    }

    public void WakeHeld()
    {
        while (_held.TryPeek(out var consumer, out var at) && at <= Now)
        {
            _held.Dequeue();
            consumer.Held = false;
            HoldIfTooFast(consumer);
            if (!consumer.Held) context.Volatile.MarkDirty(consumer.Queue);
        }

        while (_paceEnds.TryPeek(out var queue, out var end) && end <= Now)
        {
            _paceEnds.Dequeue();
            ForgetPaces(queue);
        }
    }

    private void HoldIfTooFast(ConsumerState consumer)
    {
        var at = consumer.Pace!.MayGoOnAt(Now);
        if (at <= Now || consumer.Held) return;
        consumer.Held = true;
        _held.Enqueue(consumer, at);
    }

    private void Remember(QueueState queue, string owner, ReleasePace pace)
    {
        ref var paces = ref queue.Busy.Volatile.Paces;
        if (paces is null)
        {
            paces = new Dictionary<string, ReleasePace>(StringComparer.Ordinal);
            _paceEnds.Enqueue(queue, pace.EndsAt(Now));
        }

        // As many as there can be consumers; of more, any one is forgotten.
        if (paces.Count >= Subscribing.MaxConsumers && !paces.ContainsKey(owner)) paces.Remove(paces.Keys.First());
        paces[owner] = pace;
    }

    /// <summary>Lets go of owners whose former releases do not matter any more.</summary>
    private void ForgetPaces(QueueState queue)
    {
        if (queue.Work is not { Volatile.Paces: { } paces } work) return;
        var end = Now;
        foreach (var (owner, pace) in paces)
        {
            var its = pace.EndsAt(Now);
            if (its <= Now) paces.Remove(owner);
            else end = Math.Max(end, its);
        }

        if (paces.Count > 0)
        {
            _paceEnds.Enqueue(queue, end);
            return;
        }

        work.Volatile.Paces = null;
        queue.Trim();
    }
}
