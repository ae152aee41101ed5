namespace Stork.Queues.Core;

/// <summary>Consumers that give messages back without end get them no faster than the queue allows.</summary>
internal sealed partial class ShardCore
{
    private readonly PriorityQueue<ConsumerState, long> _held = new();
    private readonly PriorityQueue<QueueState, long> _paceEnds = new();

    /// <summary>The consumer has given messages back.</summary>
    private void NoteReleased(ConsumerState consumer, int count)
    {
        if (count == 0) return;
        var pace = consumer.Pace ??= new ReleasePace(OptionsOf(consumer.Queue).MaxReleasesPerSecond, consumer.MaxInFlight, Monotonic);
        pace.Take(count, Monotonic);

        // Leaving and coming back is no way around it for who has a name.
        if (consumer.Options.Owner is { Length: > 0 } owner) Remember(consumer.Queue, owner, pace);
        Hold(consumer);
    }

    /// <summary>What the owner gave back before is not forgotten.</summary>
    private void TakePace(ConsumerState consumer)
    {
        if (consumer.Options.Owner is not { Length: > 0 } owner || consumer.Queue.Work!.Paces is not { } paces) return;
        if (!paces.TryGetValue(owner, out var pace)) return;
        consumer.Pace = pace;
        Hold(consumer);
    }

    private void Hold(ConsumerState consumer)
    {
        var at = consumer.Pace!.MayGoOnAt(Monotonic);
        if (at <= Monotonic || consumer.Held) return;
        consumer.Held = true;
        _held.Enqueue(consumer, at);
    }

    private void WakeHeld()
    {
        while (_held.TryPeek(out var consumer, out var at) && at <= Monotonic)
        {
            _held.Dequeue();
            consumer.Held = false;
            Hold(consumer);
            if (!consumer.Held) MarkDirty(consumer.Queue);
        }

        while (_paceEnds.TryPeek(out var queue, out var end) && end <= Monotonic)
        {
            _paceEnds.Dequeue();
            ForgetPaces(queue);
        }
    }

    private void Remember(QueueState queue, string owner, ReleasePace pace)
    {
        if (queue.Busy.Paces is not { } paces)
        {
            queue.Busy.Paces = paces = new Dictionary<string, ReleasePace>(StringComparer.Ordinal);
            _paceEnds.Enqueue(queue, pace.EndsAt(Monotonic));
        }

        // As many as there can be consumers; of more, any one is forgotten.
        if (paces.Count >= MaxConsumers && !paces.ContainsKey(owner)) paces.Remove(paces.Keys.First());
        paces[owner] = pace;
    }

    /// <summary>Lets go of owners whose former releases do not matter any more.</summary>
    private void ForgetPaces(QueueState queue)
    {
        if (queue.Work is not { Paces: { } paces } work) return;
        var end = Monotonic;
        foreach (var (owner, pace) in paces)
        {
            var its = pace.EndsAt(Monotonic);
            if (its <= Monotonic) paces.Remove(owner);
            else end = Math.Max(end, its);
        }

        if (paces.Count > 0)
        {
            _paceEnds.Enqueue(queue, end);
            return;
        }

        work.Paces = null;
        queue.Trim();
    }
}
