using System.Runtime.CompilerServices;

namespace Stork.Queues.Core;

internal sealed partial class ShardCore
{
    private static void AddToLane(QueueState queue, ulong hash, long sequence)
    {
        var lane = GetOrAddLane(queue, hash);
        lane.Add(sequence);
        if (!lane.Busy) QueueLane(queue, lane);
    }

    private static void QueueLane(QueueState queue, Lane lane)
    {
        if (lane.Queued) return;
        lane.Queued = true;
        (queue.Busy.ReadyLanes ??= new Queue<Lane>()).Enqueue(lane);
    }

    /// <summary>The lane whose turn it is, with a head that can be delivered; null if there is none.</summary>
    private static Lane? PeekLane(QueueState queue)
    {
        var ready = queue.Work?.ReadyLanes;
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

    private static void TakeLane(QueueState queue, Lane lane)
    {
        var taken = queue.Work!.ReadyLanes!.Dequeue();
        taken.Queued = false;
        lane.Busy = true;
    }

    private static void BindLane(QueueState queue, MessageExtra extra, ulong hash, long sequence)
    {
        extra.Lane ??= GetOrAddLane(queue, hash);
        extra.Lane.Promote(sequence);
        extra.Lane.Busy = true;
    }

    /// <summary>The head is settled: the next message of the key may go.</summary>
    private static void AdvanceLane(QueueState queue, Lane lane)
    {
        while (lane.Advance())
        {
            if (!IsReady(queue, lane.Head)) continue;
            QueueLane(queue, lane);
            return;
        }

        // While it is still in the list, the list drops it.
        if (!lane.Queued) queue.Work?.Lanes?.Remove(lane.Hash);
    }

    private static bool IsReady(QueueState queue, long sequence)
    {
        ref var entry = ref queue.Find(sequence);
        return !Unsafe.IsNullRef(ref entry) && entry.State == MessageState.Ready;
    }

    /// <summary>After recovery: copies came out of order, and what was handed out has no consumer any more.</summary>
    private static void RebuildLanes(QueueState queue)
    {
        if (queue.Work is not { Lanes: { } lanes } work) return;
        work.ReadyLanes?.Clear();
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
            if (!lane.Busy) QueueLane(queue, lane);
        }
    }
}
