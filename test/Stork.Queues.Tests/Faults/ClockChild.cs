using System.Globalization;
using System.Text;

namespace Stork.Queues.Tests.Faults;

/// <summary>
/// A process whose wall clock a parent moves. By words on its standard input it stores a job for a time of day ("at SECONDS TEXT"), or says
/// what waits ("count"); it prints the text of each job that it gets.
/// </summary>
internal static class ClockChild
{
    public const string Command = "clock-child";

    public static QueueStoreOptions Options { get; } = new() { SegmentSize = QueueStoreOptions.MinSegmentSize, MinFreeBytes = 0 };

    public static async Task<int> RunAsync(string directory)
    {
        await using var store = await QueueStore.OpenAsync(directory, Options);
        var queue = store.Queue("jobs");
        var inbox = store.Inbox("user");
        await inbox.EnqueueAsync("waits seven days"u8.ToArray());
        await using var consumer = await queue.SubscribeAsync(
            new SubscriptionOptions { MaxInFlight = 10 }, static job => Console.Out.WriteLine(Encoding.UTF8.GetString(job.Body.Span)));
        await Console.Out.WriteLineAsync("open");
        while (await Console.In.ReadLineAsync() is { } line && line != "end")
        {
            var words = line.Split(' ');
            if (words is ["at", var seconds, var text])
            {
                var at = TimeProvider.System.GetUtcNow().AddSeconds(int.Parse(seconds, CultureInfo.InvariantCulture));
                await queue.EnqueueAsync(new Message(Encoding.UTF8.GetBytes(text)) { DeliverAt = at });
                await Console.Out.WriteLineAsync("stored");
                continue;
            }

            var jobs = await queue.GetStatisticsAsync();
            var messages = await inbox.GetStatisticsAsync();
            await Console.Out.WriteLineAsync(string.Create(
                CultureInfo.InvariantCulture, $"jobs {jobs!.Scheduled} messages {messages!.Ready} suspect {store.Health.ClockSuspect}"));
        }

        return 0;
    }
}
