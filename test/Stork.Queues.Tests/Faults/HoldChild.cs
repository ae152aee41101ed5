using System.Globalization;
using Microsoft.Extensions.Logging;

namespace Stork.Queues.Tests.Faults;

/// <summary>
/// A process that has a store open and holds what a parent told it to, by words on its standard input: "hold", "settle", "end".
/// </summary>
internal static class HoldChild
{
    public const string Command = "hold-child";

    /// <summary>The same where the file system has no locks, with the warning about it on the output.</summary>
    public const string UnlockedCommand = "hold-unlocked-child";
    public const int Messages = 20;

    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(2);

    public static QueueStoreOptions Options { get; } = new()
    {
        SegmentSize = QueueStoreOptions.MinSegmentSize,
        MinFreeBytes = 0,
        Configure = static (_, _) => QueueOptions.Work with { AckTimeout = Lease, MaxFailures = 0 },
    };

    public static async Task<int> RunAsync(string directory, bool allowUnlocked)
    {
        var log = new TestLog();
        await using var store = await QueueStore.OpenAsync(directory, Options with { AllowUnlocked = allowUnlocked, Logger = log });
        foreach (var (id, level, _) in log.Entries)
            if (level == LogLevel.Warning) await Console.Out.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{level} {id}"));
        var queue = store.Queue("jobs");
        var held = new List<Delivery>();
        await using var consumer = await queue.SubscribeAsync(new SubscriptionOptions { MaxInFlight = Messages });
        await Console.Out.WriteLineAsync("open");
        while (await Console.In.ReadLineAsync() is { } word && word != "end")
        {
            if (word == "hold")
            {
                for (var i = 0; i < Messages; i++) await queue.EnqueueAsync(new byte[] { (byte)i });
                while (held.Count < Messages) held.Add(await consumer.ReceiveAsync());
                await Console.Out.WriteLineAsync("holding");
                continue;
            }

            var outcomes = await Task.WhenAll(held.Select(static d => d.AckAsync()));
            var it = await queue.GetStatisticsAsync();
            var inTime = outcomes.Count(static o => o == SettleOutcome.Done);
            var again = consumer.TryReceive(out _) ? 1 : 0;
            await Console.Out.WriteLineAsync(string.Create(
                CultureInfo.InvariantCulture, $"in time {inTime} acked {it!.Acked} dead {it.DeadLettered} again {again}"));
        }

        return 0;
    }
}
