using System.Globalization;

namespace Stork.Queues.Tests;

/// <summary>What the journal takes on disk beside the messages that wait, and what it costs to keep it so.</summary>
public sealed class SpaceTests(ITestOutputHelper output)
{
    private const int BodyBytes = 600;
    private const int PerBatch = 20;
    private static readonly TimeSpan Step = TimeSpan.FromMinutes(10);
    private static readonly byte[] Body = new byte[BodyBytes];

    /// <summary>
    /// A day of jobs that are done within ten minutes, of messages that wait half a day until they expire,
    /// and of a backlog that nobody comes for: as bytes, three parts of four are gone soon.
    /// </summary>
    [Theory]
    [InlineData(60, 20, 8000)]
    [InlineData(200, 4, 8000)]
    [InlineData(20, 60, 2000)]
    public void Takes_at_most_one_and_a_half_times_what_waits(int jobsPerStep, int halfDaysPerStep, int backlog)
    {
        using var shard = new TestShard(
            ("work", QueueOptions.Work with { MaxMessages = int.MaxValue }),
            ("inbox:forever", QueueOptions.Inbox with { TimeToLive = null, MaxMessages = int.MaxValue, MaxBytes = long.MaxValue }),
            ("inbox:half", QueueOptions.Inbox with
            {
                TimeToLive = TimeSpan.FromHours(12),
                MaxMessages = int.MaxValue,
                MaxBytes = long.MaxValue,
            }));
        var worker = shard.Subscribe("work", new SubscriptionOptions { MaxInFlight = 2000, Remote = true });
        Enqueue(shard, "inbox:forever", backlog);
        var worst = 0d;
        long entered = 0;
        var copiedBefore = shard.Core.Counters.CopiedBytes;
        for (var passed = TimeSpan.Zero; passed < TimeSpan.FromDays(1); passed += Step)
        {
            Enqueue(shard, "work", jobsPerStep);
            Enqueue(shard, "inbox:half", halfDaysPerStep);
            entered += jobsPerStep + halfDaysPerStep;
            shard.Pass(TimeSpan.FromSeconds(20));
            foreach (var job in worker.DrainAll()) shard.Ack(job);
            shard.Pass(Step - TimeSpan.FromSeconds(20));
            worst = Math.Max(worst, shard.Shard.Journal.TotalBytes / (double)shard.Shard.Journal.LiveBytes);
        }

        var bytesPerMessage = shard.Shard.Journal.LiveBytes / (double)shard.Core.State.Queues.Sum(static q => q.Entries.Live);
        var copied = (shard.Core.Counters.CopiedBytes - copiedBefore) / (entered * bytesPerMessage);
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{jobsPerStep} jobs, {halfDaysPerStep} half-day messages, backlog {backlog}: "
            + $"space at most {worst:F2} times what waits, {copied:F2} bytes copied per byte"));
        shard.Statistics("inbox:forever").Ready.ShouldBe(backlog);
        shard.Statistics("inbox:half").Expired.ShouldBeGreaterThan(0);
        worst.ShouldBeLessThanOrEqualTo(1.5);
        copied.ShouldBeLessThan(3.6);
    }

    private static void Enqueue(TestShard shard, string queue, int count)
    {
        for (var left = count; left > 0; left -= PerBatch)
            shard.Enqueue([.. Enumerable.Repeat((queue, new Message(Body)), Math.Min(PerBatch, left))]);
    }
}
