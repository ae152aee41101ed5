using Stork.Queues.Records;
using Stork.Queues.State;

namespace Stork.Queues.Rules;

/// <summary>Ends messages whose time is over, and forgets what was remembered for a time.</summary>
internal sealed class Expiring(RuleContext context, Ending ending, DeadLettering deadLettering)
{
    /// <summary>
    /// Looking through a long queue for expired messages costs time, so it is done this much less often: seconds per message.
    /// </summary>
    private const int EntriesPerSweepSecond = 50_000;

    private readonly List<long> _swept = [];

    /// <summary>When a queue is to be looked through.</summary>
    public long? NextSweep => context.State.Expiries.TryPeek(out _, out var second) ? Entry.ExpiryMilliseconds(second) : null;

    public void Sweep()
    {
        var state = context.State;
        while (state.Expiries.TryPeek(out var id, out var second) && Entry.ExpiryMilliseconds(second) <= state.Now)
        {
            // A queue may be in the heap several times; only its earliest second counts.
            var queue = state.Peek(id) is { } known && known.MinExpiry == second ? known : null;
            uint next = 0;
            if (queue is not null && !Sweep(queue, out next)) return;
            state.Expiries.Dequeue();
            if (queue is null || queue.MinExpiry != second) continue;
            queue.MinExpiry = next;
            if (next != 0) state.Expiries.Enqueue(id, next);
        }
    }

    public void Expire(QueueState queue, long sequence)
    {
        if (queue.Find(sequence).State == MessageState.Retained)
        {
            context.Time.EndRetention(queue, sequence);
            return;
        }

        var options = context.Queues.OptionsOf(queue);
        var buries = options is { DeadLetterExpired: true, DeadLetter: true };
        if (!buries || !deadLettering.TryBury(queue, sequence, DeadLetterReason.Expired, ""))
            ending.End(queue, sequence, SettleKind.Expired);
    }

    /// <summary>Ends what is over in a queue. False if there was no room for all.</summary>
    /// <param name="queue">The queue.</param>
    /// <param name="next">The second in which something is over next; 0: nothing is.</param>
    private bool Sweep(QueueState queue, out uint next)
    {
        var now = context.State.Now;
        next = 0;
        _swept.Clear();
        var soonest = Entry.ExpirySeconds(now + 1000 + (1000L * queue.Entries.Count / EntriesPerSweepSecond));
        for (var i = 0; i < queue.Entries.Count; i++)
        {
            ref var entry = ref queue.Entries.At(i);
            if (entry.Expiry == 0 || entry.ByWallClock || entry.State is MessageState.None or MessageState.InFlight) continue;
            if (Entry.ExpiryMilliseconds(entry.Expiry) <= now) _swept.Add(queue.Entries.SequenceAt(i));
            else if (next == 0 || entry.Expiry < next) next = entry.Expiry;
        }

        var forgotten = context.Time.ForgetDuplicates(queue);
        if (forgotten != 0 && (next == 0 || forgotten < next)) next = forgotten;
        if (next != 0) next = Math.Max(next, soonest);
        foreach (var sequence in _swept)
        {
            if (!context.Emitter.Fits(RoomNeeds.ToRestate(queue, sequence))) return false;
            Expire(queue, sequence);
        }

        return true;
    }
}
