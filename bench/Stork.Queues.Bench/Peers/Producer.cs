using System.Diagnostics;

namespace Stork.Queues.Bench.Peers;

/// <summary>Enqueues a workload in batches, with as many under way as the peer likes, at the rate of the workload.</summary>
internal static class Producer
{
    private static readonly TimeSpan s_untilDue = TimeSpan.FromMilliseconds(1);

    /// <param name="peer">Where to.</param>
    /// <param name="workload">How much.</param>
    /// <param name="enqueued">Called with the inboxes of each batch once it is stored.</param>
    public static async Task RunAsync(IQueuePeer peer, Workload workload, Action<ReadOnlyMemory<int>>? enqueued = null)
    {
        var under = new Queue<(Task Stored, int[] Inboxes)>();
        var started = Stopwatch.GetTimestamp();
        var isLate = false;
        for (var number = 0; number < workload.Messages;)
        {
            var due = workload.Rate == 0
                ? workload.Messages
                : (int)Math.Min(workload.Messages, Stopwatch.GetElapsedTime(started).TotalSeconds * workload.Rate);
            if (due == number)
            {
                await Task.Delay(s_untilDue, TimeProvider.System);
                while (under.TryPeek(out var oldest) && oldest.Stored.IsCompleted) await TakeAsync();
                continue;
            }

            var more = Math.Min(workload.Batch, due - number);
            while (workload.Clock?.WaitForRoomAsync(number, more) is { IsCompleted: false } room) await room;
            var inboxes = new int[more];
            for (var i = 0; i < inboxes.Length; i++) inboxes[i] = workload.InboxOf(number++);
            // What had to wait for the peer counts from when it was due; what waited for the clock of this loop does not.
            var at = isLate && workload.Rate > 0
                ? started + (long)(number / workload.Rate * Stopwatch.Frequency)
                : Stopwatch.GetTimestamp();
            under.Enqueue((peer.EnqueueAsync(inboxes, workload.Clock is null ? Workload.Body : SettlementClock.NewBody(at)), inboxes));
            isLate = under.Count >= peer.Pipeline;
            while (under.Count >= peer.Pipeline) await TakeAsync();
        }

        while (under.Count > 0) await TakeAsync();

        async Task TakeAsync()
        {
            var (stored, inboxes) = under.Dequeue();
            await stored;
            enqueued?.Invoke(inboxes);
        }
    }
}
