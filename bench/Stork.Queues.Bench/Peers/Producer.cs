namespace Stork.Queues.Bench.Peers;

/// <summary>Enqueues a workload in batches, with as many under way as the peer likes.</summary>
internal static class Producer
{
    /// <param name="peer">Where to.</param>
    /// <param name="workload">How much.</param>
    /// <param name="enqueued">Called with the inboxes of each batch once it is stored.</param>
    public static async Task RunAsync(IQueuePeer peer, Workload workload, Action<ReadOnlyMemory<int>>? enqueued = null)
    {
        var under = new Queue<(Task Stored, int[] Inboxes)>();
        for (var number = 0; number < workload.Messages;)
        {
            var inboxes = new int[Math.Min(workload.Batch, workload.Messages - number)];
            for (var i = 0; i < inboxes.Length; i++) inboxes[i] = workload.InboxOf(number++);
            under.Enqueue((peer.EnqueueAsync(inboxes, Workload.Body), inboxes));
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
