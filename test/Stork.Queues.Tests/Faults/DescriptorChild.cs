using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace Stork.Queues.Tests.Faults;

/// <summary>A process with few file descriptors, which uses up all of them while it has a store open, and then has them again.</summary>
internal static class DescriptorChild
{
    public const string Command = "descriptor-child";
    public const int Limit = 300;

    /// <summary>Keeps the runtime from doing things by the way: compiling anew, collecting beside the program,
    /// remapping its code.</summary>
    public static Dictionary<string, string?> Environment { get; } = new()
    {
        ["DOTNET_TieredCompilation"] = "0",
        ["DOTNET_gcConcurrent"] = "0",
        ["DOTNET_EnableWriteXorExecute"] = "0",
    };

    private const int Size = 10_000;

    /// <summary>More than two files of the store.</summary>
    private const int Many = 40;

    private static readonly QueueStoreOptions Options = new()
    {
        SegmentSize = QueueStoreOptions.MinSegmentSize,
        MinFreeBytes = 0,
        SnapshotBytes = 50_000,
    };

    public static async Task<int> RunAsync(string directory)
    {
        var told = 0;
        await using (var store = await QueueStore.OpenAsync(directory, Options))
        {
            var queue = store.Queue("jobs");
            await using var consumer = await queue.SubscribeAsync();
            // Everything that runs later has run before: the runtime needs descriptors too when it loads code.
            for (; told < Many; told++) await queue.EnqueueAsync(new byte[Size]);
            await Settle(consumer, await TryAsync(store.Queue(new string('x', 200)), Size * 200));

            var hoard = new List<SafeFileHandle>();
            Hoard(hoard);
            QueueException? refusal = null;
            for (var tries = 0; tries < Many && refusal is null; tries++)
            {
                refusal = await TryAsync(queue, Size);
                if (refusal is null) told++;
            }

            var failed = store.Health.Failure is not null;
            foreach (var handle in hoard) handle.Dispose();
            await Console.Out.WriteLineAsync($"{refusal?.Code} failed {failed}: {refusal?.Message}");

            for (var tries = 0; tries < 600; tries++)
            {
                if (await TryAsync(queue, Size) is null) break;
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
            }

            told++;
            for (var i = 0; i < Many; i++, told++) await queue.EnqueueAsync(new byte[Size]);
            await Settle(consumer, null);
            await Console.Out.WriteLineAsync($"healthy {store.Health.IsHealthy}");
        }

        await using var again = await QueueStore.OpenAsync(directory, Options);
        var there = (await again.Queue("jobs").GetStatisticsAsync())!.Enqueued;
        await Console.Out.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"lost {told - there}"));
        return 0;
    }

    private static void Hoard(List<SafeFileHandle> hoard)
    {
        try
        {
            while (true) hoard.Add(File.OpenHandle("/dev/null"));
        }
        catch (IOException)
        {
            // Now there are none.
        }
    }

    private static async Task Settle(QueueSubscription subscription, QueueException? expected)
    {
        _ = expected?.Message;
        for (var i = 0; i < Many / 2; i++) await (await subscription.ReceiveAsync()).AckAsync();
    }

    private static async Task<QueueException?> TryAsync(MessageQueue queue, int size)
    {
        try
        {
            await queue.EnqueueAsync(new byte[size]);
            return null;
        }
        catch (QueueException refusal)
        {
            return refusal;
        }
    }
}
