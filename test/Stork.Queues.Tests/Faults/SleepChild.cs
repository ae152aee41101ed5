using System.Globalization;

namespace Stork.Queues.Tests.Faults;

/// <summary>A process whose thread pool has two threads, both of which sleep in handlers for several leases,
/// while its main thread goes on storing messages.</summary>
internal static class SleepChild
{
    public const string Command = "sleep-child";
    private const int Threads = 2;

    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(50);

    public static int Run(string directory)
    {
        ThreadPool.SetMinThreads(Threads, Threads);
        if (!ThreadPool.SetMaxThreads(Threads, Threads)) Console.WriteLine("The pool keeps its size.");
        var options = new QueueStoreOptions
        {
            SegmentSize = 1 << 20,
            MinFreeBytes = 0,
            StallTolerance = TimeSpan.FromMinutes(1),
            Configure = static (_, _) => QueueOptions.Work with { AckTimeout = Lease, MaxFailures = 0 },
        };
        var store = QueueStore.OpenAsync(directory, options).GetAwaiter().GetResult();
        var queue = store.Queue("jobs");
        for (var i = 0; i < Threads; i++) queue.EnqueueAsync(new byte[1]).GetAwaiter().GetResult();
        using var stop = new CancellationTokenSource();
        using var end = new ManualResetEventSlim();
        using var asleep = new CountdownEvent(Threads);
        var begun = 0;
        var processing = queue.ProcessAsync(
            async (_, _) =>
            {
                if (Interlocked.Increment(ref begun) > Threads) return;
                // From here on it keeps a thread of the pool.
                await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
                asleep.Signal();
                end.Wait(CancellationToken.None);
            },
            new SubscriptionOptions { MaxInFlight = Threads },
            cancellationToken: stop.Token);
        if (!asleep.Wait(TimeSpan.FromSeconds(30))) Console.WriteLine("The handlers do not begin.");
        var other = store.Queue("others");
        var started = TimeProvider.System.GetTimestamp();
        while (TimeProvider.System.GetElapsedTime(started) < 4 * Lease)
        {
            other.EnqueueAsync(new byte[1]).GetAwaiter().GetResult();
            end.Wait(Glance);
        }

        var dead = queue.GetStatisticsAsync().GetAwaiter().GetResult()!.DeadLettered;
        end.Set();
        while (queue.GetStatisticsAsync().GetAwaiter().GetResult()!.InFlight > 0) asleep.Wait(Glance);
        stop.Cancel();
        processing.GetAwaiter().GetResult();
        store.DisposeAsync().AsTask().GetAwaiter().GetResult();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"begun {begun} dead {dead}"));
        return 0;
    }
}
