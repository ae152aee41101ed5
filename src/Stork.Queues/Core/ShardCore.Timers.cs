using Stork.Queues.Records;
using System.Runtime.CompilerServices;

namespace Stork.Queues.Core;

/// <summary>What happens because time passes: leases and graces end, delayed messages become ready, messages expire.</summary>
internal sealed partial class ShardCore
{
    /// <summary>
    /// Looking through a long queue for expired messages costs time, so it is done this much less often: seconds per message.
    /// </summary>
    private const int EntriesPerSweepSecond = 50_000;

    /// <summary>How long a message whose bytes could not be read waits before the next try.</summary>
    private const long UnreadableDelay = 60_000;

    /// <summary>Milliseconds after which a consumer that may be gone is looked at again.</summary>
    private const long ProofInterval = 250;

    // With the list that is added to while all are looked through.
    private readonly Dictionary<long, LeaseList> _leases = new() { [ProofInterval] = new LeaseList(ProofInterval) };
    private readonly PriorityQueue<DueMessage, long> _due = new();
    private readonly PriorityQueue<DueMessage, long> _dueByWallClock = new();
    private readonly PriorityQueue<uint, uint> _expiries = new();
    private readonly PriorityQueue<ConsumerState, long> _graces = new();
    private readonly List<long> _swept = [];

    /// <summary>Whether a lease or a grace runs.</summary>
    public bool HasLeases
    {
        get
        {
            if (_graces.Count > 0) return true;
            foreach (var list in _leases.Values)
                if (list.First is not null) return true;
            return false;
        }
    }

    /// <summary>Milliseconds until something is to be done; null: nothing waits for time.</summary>
    public long? NextTimer()
    {
        long? next = null;
        foreach (var list in _leases.Values)
            if (list.First is { } first) Earlier(ref next, first.Deadline - Monotonic);
        if (_graces.TryPeek(out _, out var graceEnd)) Earlier(ref next, graceEnd - Monotonic);
        if (_due.TryPeek(out _, out var due)) Earlier(ref next, Math.Min(due - Now, WallTime.LookInterval));
        if (_dueByWallClock.TryPeek(out _, out due)) Earlier(ref next, Math.Min(due - Wall.Now, WallTime.LookInterval));
        if (_expiries.TryPeek(out _, out var expiry)) Earlier(ref next, Entry.ExpiryMilliseconds(expiry) - Now);
        if (_heldBack.TryPeek(out _, out var wakeAt)) Earlier(ref next, wakeAt - Monotonic);
        if (_held.TryPeek(out _, out wakeAt)) Earlier(ref next, wakeAt - Monotonic);
        if (_paceEnds.TryPeek(out _, out wakeAt)) Earlier(ref next, wakeAt - Monotonic);
        if (_queues.Count > 1) Earlier(ref next, _idleLookAt - Now);
        return next is { } wait ? Math.Max(0, wait) : null;
    }

    public void RunTimers()
    {
        EndLeases();
        EndGraces();
        WakeDue();
        WakeHeldBack();
        WakeHeld();
        SweepExpired();
        LookForIdle();
    }

    private static void Earlier(ref long? next, long wait)
    {
        if (next is null || wait < next) next = wait;
    }

    private void EndLeases()
    {
        foreach (var list in _leases.Values)
        {
            while (list.First is { } attempt && attempt.Deadline <= Monotonic && Fits(RestateBytes(attempt.Queue, attempt.Sequence)))
            {
                if (!IsProven(attempt)) continue;
                Fail(
                    attempt.Queue, attempt.Sequence, attempt.Queue.Extra(attempt.Sequence)!, attempt, ReturnKind.TimedOut,
                    "the lease ended", null);
            }
        }
    }

    /// <summary>Whether the consumer is there although its lease ended; if that is not known yet, the lease goes on for a moment.</summary>
    private bool IsProven(Attempt attempt)
    {
        if (attempt.Consumer?.Options.Liveness is not { } liveness) return true;
        var before = attempt.HeardBefore;
        if (before >= 0 && liveness.Heard > before) return true;
        if (before < 0)
        {
            before = liveness.Heard;
            liveness.Probe();
        }

        Lease(attempt, ProofInterval);
        attempt.HeardBefore = before;
        return false;
    }

    private void EndGraces()
    {
        while (_graces.TryPeek(out var consumer, out var end) && end <= Monotonic)
        {
            if (!GiveBackLost(consumer)) return;
            _graces.Dequeue();
        }
    }

    private void WakeDue()
    {
        while (_due.TryPeek(out var item, out var due) && due <= Now)
        {
            _due.Dequeue();
            Wake(item, due, byWallClock: false);
        }

        while (_dueByWallClock.TryPeek(out var item, out var due) && due <= Wall.Now)
        {
            _dueByWallClock.Dequeue();
            Wake(item, due, byWallClock: true);
        }
    }

    private void Wake(in DueMessage item, long due, bool byWallClock)
    {
        var queue = item.Queue;
        if (Peek(queue.Id) != queue) return;
        ref var entry = ref queue.Find(item.Sequence);
        if (Unsafe.IsNullRef(ref entry) || entry.State != MessageState.Scheduled || entry.ByWallClock != byWallClock) return;
        var extra = queue.Extra(item.Sequence);
        if (extra is not null && extra.DueAt > Now) return;
        if (byWallClock) EndWait(queue, ref entry, Wall.When(due, Now) - due);
        ChangeState(queue, ref entry, MessageState.Ready);
        if (extra is not null) extra.DueAt = 0;
        if (entry.Laned && extra?.Lane is null) AddToLane(queue, item.Lane, item.Sequence);
        else MakeAvailable(queue, entry.Priority, item.Sequence, extra?.Lane);
        MarkDirty(queue);
    }

    /// <summary>What waited for the wall clock is due: from now on it is the shard's own time after which it expires.</summary>
    private void EndWait(QueueState queue, ref Entry entry, long shift)
    {
        entry.ByWallClock = false;
        if (entry.Expiry == 0) return;
        // As it was where the clocks agree: rounding must not depend on when somebody looked.
        if (Math.Abs(shift) > WallTime.LookInterval) entry.Expiry = Entry.ExpirySeconds(Entry.ExpiryMilliseconds(entry.Expiry) + shift);
        ExpireBy(queue, entry.Expiry);
    }

    private void ExpireBy(QueueState queue, uint second)
    {
        if (queue.MinExpiry != 0 && queue.MinExpiry <= second) return;
        queue.MinExpiry = second;
        _expiries.Enqueue(queue.Id, second);
    }

    private void SweepExpired()
    {
        while (_expiries.TryPeek(out var id, out var second) && Entry.ExpiryMilliseconds(second) <= Now)
        {
            var queue = Peek(id);
            if (queue is not null && queue.MinExpiry == second && !Sweep(queue)) return;
            _expiries.Dequeue();
            if (queue is null || queue.MinExpiry != second) continue;
            queue.MinExpiry = 0;
            if (_nextExpiry != 0) ExpireBy(queue, _nextExpiry);
        }
    }

    private uint _nextExpiry;

    /// <summary>Ends what is over in a queue and notes when the next is. False if there was no room for all.</summary>
    private bool Sweep(QueueState queue)
    {
        _nextExpiry = 0;
        _swept.Clear();
        var soonest = Entry.ExpirySeconds(Now + 1000 + (1000L * queue.Entries.Count / EntriesPerSweepSecond));
        for (var i = 0; i < queue.Entries.Count; i++)
        {
            ref var entry = ref queue.Entries.At(i);
            if (entry.Expiry == 0 || entry.ByWallClock || entry.State is MessageState.None or MessageState.InFlight) continue;
            if (Entry.ExpiryMilliseconds(entry.Expiry) <= Now) _swept.Add(queue.Entries.SequenceAt(i));
            else if (_nextExpiry == 0 || entry.Expiry < _nextExpiry) _nextExpiry = entry.Expiry;
        }

        ForgetDuplicates(queue);
        if (_nextExpiry != 0) _nextExpiry = Math.Max(_nextExpiry, soonest);
        foreach (var sequence in _swept)
        {
            if (!Fits(RestateBytes(queue, sequence))) return false;
            Expire(queue, sequence);
        }

        return true;
    }

    private void ForgetDuplicates(QueueState queue)
    {
        if (queue.Work?.Dedup is not { } dedup) return;
        _remembered -= dedup.Count;
        dedup.Forget(Now);
        _remembered += dedup.Count;
        if (dedup.NextEnd is { } end)
        {
            var second = Entry.ExpirySeconds(end);
            if (_nextExpiry == 0 || second < _nextExpiry) _nextExpiry = second;
            return;
        }

        queue.Work.Dedup = null;
        queue.Trim();
    }

    private void Expire(QueueState queue, long sequence)
    {
        ref var entry = ref queue.Find(sequence);
        if (entry.State == MessageState.Retained)
        {
            // Follows from the Settle record that retained it, so it needs none of its own.
            _live.Add(entry.Segment, -entry.Size);
            ChangeState(queue, ref entry, MessageState.Ready);
            RemoveEntry(queue, sequence);
            return;
        }

        if (OptionsOf(queue).DeadLetterExpired && OptionsOf(queue).DeadLetter && Bury(queue, sequence, DeadLetterReason.Expired, ""))
            return;
        EmitSettle(queue, sequence, SettleKind.Expired);
    }
}
