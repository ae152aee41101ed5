using System.Globalization;
using System.Text;
using Stork.Queues.Journal;
using Stork.Queues.Shards;

namespace Stork.Queues.Tests;

/// <summary>
/// The life behind the files in Golden/: it leaves a record of every kind, and a snapshot.
/// Run once for each version of the format; the files then stay as they are.
/// </summary>
internal static class GoldenStore
{
    public const long OpenedAt = 1_800_000_000_000 + (40L * 24 * 3_600_000);

    public static TestShard Live()
    {
        var shard = new TestShard(
            ("keys", QueueOptions.Work with { Order = DeliveryOrder.PerKey }),
            ("inbox:d", QueueOptions.Inbox with { Fanout = Fanout.PerDevice }),
            ("inbox:r", QueueOptions.Inbox with { Retention = TimeSpan.FromDays(1) }),
            ("inbox:gone", QueueOptions.Inbox with { RemoveIdleAfter = TimeSpan.FromDays(30) }))
        {
            SnapshotBytes = 1 << 20,
        };
        shard.Restart();

        // Settled before its segment is reclaimed: only what is remembered of it is written anew.
        shard.Enqueue("early", TestShard.Message("early") with { DedupId = "d", Producer = "p", ProducerSequence = 7 });
        shard.Enqueue("inbox:gone", "bye");
        foreach (var queue in (string[])["early", "inbox:gone"]) shard.Ack(shard.Subscribe(queue).Next());
        shard.Enqueue("kept", TestShard.Message("kept") with { Headers = new Dictionary<string, string> { ["a"] = "b" } });
        var consumer = shard.Subscribe("filler");
        for (var i = 0; shard.Shard.Journal.Segments[0].Id == 1; i++)
        {
            i.ShouldBeLessThan(1000, "the first segment is reclaimed");
            shard.Enqueue("filler", new Message(new byte[1000]));
            shard.Ack(consumer.Next());
        }

        shard.Restart();
        shard.StandStill(TimeSpan.FromDays(20));
        shard.StandStill(TimeSpan.FromDays(19));
        shard.Pass(TimeSpan.FromHours(2));
        SnapshotTests.Filled(shard);
        shard.AskQueue("inbox:r", static (core, queue) => core.Operating.Seek(queue, 1)).ShouldBe(1);
        for (var i = 0; i < 4; i++) shard.Enqueue("large", new Message(new byte[28_000]));
        shard.Enqueue("q", "last");
        shard.Shard.Close();
        return shard;
    }

    public static string Describe(Shard shard)
    {
        var text = new StringBuilder(SnapshotTests.State(shard));
        foreach (var queue in shard.Core.State.Queues.ToArray())
            foreach (var message in shard.Core.Browsing.Browse(queue, new BrowseOptions { Limit = 1000, WithBody = true }))
            {
                text.Append(CultureInfo.InvariantCulture, $"{queue.Kind} {queue.Name}/{message.Sequence} {message.Id} ");
                text.Append(CultureInfo.InvariantCulture, $"{message.EnqueuedAt:u} {message.ExpiresAt:u} [{message.Subject}] ");
                text.Append(CultureInfo.InvariantCulture, $"[{message.Key}] {message.Priority} {message.DeliveryCount} ");
                text.Append(CultureInfo.InvariantCulture, $"{message.FailureCount} {message.RedriveCount} {message.DeadLetter?.Reason} ");
                if (message.BodyBytes < 100) text.Append(Encoding.UTF8.GetString(message.Body!));
                else text.Append(message.BodyBytes);
                text.Append('\n');
            }

        return text.ToString();
    }

    /// <summary>Notes which kinds of records there are.</summary>
    internal sealed class Kinds : IJournalReplay
    {
        public HashSet<RecordKind> Seen { get; } = [];

        public void BeginFrame(long wallClock)
        {
            // Only kinds count.
        }

        public void Apply(ReadOnlySpan<byte> record, in RecordAddress address) => Seen.Add((RecordKind)record[0]);
    }
}
