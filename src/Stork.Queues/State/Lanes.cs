using System.Runtime.CompilerServices;

namespace Stork.Queues.State;

/// <summary>
/// The lanes of a queue: messages with the same key, one behind the other, of which one is processed at a time.
/// </summary>
/// <remarks>
/// A lane is idle (its head waits for its time), ready (in the list of ready lanes, <see cref="Lane.Queued"/>) or busy (its head is out or
/// backs off). The list is a hint: a head may have expired or been purged since, so who takes a lane from it looks first. Invariant: a lane
/// whose head is ready and that is not busy is in the list. Lanes are served in the order in which they became ready, however many messages
/// each of them has.
/// </remarks>
internal static class Lanes
{
    public static Lane GetOrAdd(QueueState queue, ulong hash)
    {
        var lanes = queue.Busy.Lanes ??= [];
        if (!lanes.TryGetValue(hash, out var lane)) lanes[hash] = lane = new Lane(hash);
        return lane;
    }

    public static void Add(QueueState queue, ulong hash, long sequence)
    {
        var lane = GetOrAdd(queue, hash);
        lane.Add(sequence);
        if (!lane.Busy) MarkReady(queue, lane);
    }

    /// <summary>Puts a lane behind the others whose head may be ready.</summary>
    public static void MarkReady(QueueState queue, Lane lane)
    {
        if (lane.Queued) return;
        lane.Queued = true;
        (queue.Busy.Volatile.ReadyLanes ??= new Queue<Lane>()).Enqueue(lane);
    }

    /// <summary>The lane that is next, with a head that can be delivered; null if there is none.</summary>
    public static Lane? PeekReady(QueueState queue)
    {
        var ready = queue.Work?.Volatile.ReadyLanes;
        while (ready is not null && ready.TryPeek(out var lane))
        {
            while (!lane.Busy && lane.Head != 0 && !IsReady(queue, lane.Head)) lane.Advance();
            if (!lane.Busy && lane.Head != 0) return lane;
            ready.Dequeue();
            lane.Queued = false;
            if (lane.Head == 0) queue.Work!.Lanes!.Remove(lane.Hash);
        }

        return null;
    }

    /// <summary>Takes the lane that <see cref="PeekReady"/> found: nothing more of it goes out until its head is back or settled.</summary>
    public static void TakeReady(QueueState queue, Lane lane)
    {
        queue.Work!.Volatile.ReadyLanes!.Dequeue().Queued = false;
        lane.Busy = true;
    }

    /// <summary>A message of the lane was handed out: it is the head, whatever was taken for it before.</summary>
    public static Lane Bind(QueueState queue, Lane? lane, ulong hash, long sequence)
    {
        lane ??= GetOrAdd(queue, hash);
        lane.Promote(sequence);
        lane.Busy = true;
        return lane;
    }

    /// <summary>The head is settled: the next message of the key may go.</summary>
    public static void Advance(QueueState queue, Lane lane)
    {
        while (lane.Advance())
        {
            if (!IsReady(queue, lane.Head)) continue;
            MarkReady(queue, lane);
            return;
        }

        // While it is still in the list, the list drops it.
        if (!lane.Queued) queue.Work?.Lanes?.Remove(lane.Hash);
    }

    /// <summary>After recovery: copies came out of order, and what was handed out has no consumer any more.</summary>
    public static void Rebuild(QueueState queue)
    {
        if (queue.Work is not { Lanes: { } lanes } work) return;
        work.Volatile.ReadyLanes?.Clear();
        foreach (var lane in lanes.Values.ToArray())
        {
            lane.Sort(sequence => queue.Extra(sequence) is not null);
            lane.Queued = false;
            while (lane.Head != 0 && Unsafe.IsNullRef(ref queue.Find(lane.Head))) lane.Advance();
            if (lane.Head == 0)
            {
                lanes.Remove(lane.Hash);
                continue;
            }

            lane.Busy = !IsReady(queue, lane.Head);
            if (!lane.Busy) MarkReady(queue, lane);
        }
    }

    private static bool IsReady(QueueState queue, long sequence)
    {
        ref var entry = ref queue.Find(sequence);
        return !Unsafe.IsNullRef(ref entry) && entry.State == MessageState.Ready;
    }
}
