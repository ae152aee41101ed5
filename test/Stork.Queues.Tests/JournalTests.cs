using Stork.Queues.Journal;
using Stork.Queues.Maintenance;
using Stork.Queues.Rules;
using Stork.Queues.Shards;
using Stork.Queues.State;
using Stork.Shared.Disk;

namespace Stork.Queues.Tests;

public sealed class JournalTests
{
    private const string First = "0000000001.seg";

    [Fact]
    public void Cuts_off_a_torn_tail_of_every_length_and_keeps_all_before_it()
    {
        using var shard = new TestShard();
        shard.Enqueue("q", "kept");
        var start = shard.Shard.Journal.Segments[0].Used;
        shard.Enqueue("q", "torn");
        var end = shard.Shard.Journal.Segments[0].Used;
        var whole = shard.Disk.Contents(First).ToArray();
        for (var length = start; length < end; length++)
        {
            var bytes = whole.ToArray();
            bytes.AsSpan(length).Clear();
            using var opened = Open(bytes, out _);
            var queue = opened.Core.State.Queues.ShouldHaveSingleItem();
            queue.Ready.ShouldBe(1, $"after a tail of {length - start} bytes");
        }
    }

    [Fact]
    public void Keeps_a_torn_tail_aside()
    {
        using var shard = new TestShard();
        shard.Enqueue("q", "kept");
        var start = shard.Shard.Journal.Segments[0].Used;
        shard.Enqueue("q", "torn");
        var bytes = shard.Disk.Contents(First).ToArray();
        bytes[start + 60] ^= 1;
        using var opened = Open(bytes, out var disk);
        disk.List().ShouldContain($"torn-0000000001-{start}.bin");
    }

    [Fact]
    public void Refuses_to_open_after_a_bit_flipped_anywhere_before_the_last_synced_frame()
    {
        using var shard = new TestShard();
        Exercise(shard);
        var vouched = shard.Shard.Journal.Segments[0].Used;
        shard.Enqueue("q", "after");
        shard.Enqueue("q", "and one more that vouches for it");
        var whole = shard.Disk.Contents(First).ToArray();
        for (var at = 0; at < vouched; at++)
        {
            // Bytes 48 to 59 of the segment header are reserved, but its checksum covers them like all others.
            var bytes = whole.ToArray();
            bytes[at] ^= (byte)(1 << (at % 8));
            var failure = Should.Throw<Exception>(() => Open(bytes, out _), $"a bit flipped at {at}");
            (failure is JournalDamagedException or NotSupportedException).ShouldBeTrue($"a bit flipped at {at}: {failure}");
            if (failure is JournalDamagedException damage) damage.File.ShouldBe(First);
        }
    }

    [Fact]
    public void Tells_what_an_earlier_segment_left_in_a_file_from_a_torn_tail()
    {
        using var shard = new TestShard();
        var consumer = shard.Subscribe("q", new SubscriptionOptions { MaxInFlight = 100 });
        var random = new Random(5);
        while (!LeftOver(shard))
        {
            shard.Shard.Journal.Segments[^1].Id.ShouldBeLessThan(100u, "files are used again");
            var body = new byte[random.Next(4000)];
            random.NextBytes(body);
            shard.Enqueue("q", new Message(body));
            foreach (var delivery in consumer.DrainAll()) shard.Ack(delivery);
        }

        shard.Enqueue("other", "kept");
        shard.CutPower();
        LeftOver(shard).ShouldBeTrue();
        shard.Disk.List().ShouldNotContain(static name => name.StartsWith("torn-", StringComparison.Ordinal));
        shard.Statistics("other").Ready.ShouldBe(1);
        Check(shard).ShouldBeEmpty();

        var start = shard.Shard.Journal.Segments[^1].Used;
        shard.Enqueue("other", "torn");
        var active = JournalFormat.SegmentName(shard.Shard.Journal.Segments[^1].Id);
        shard.Disk.Contents(active)[start + 60] ^= 1;
        Should.Throw<JournalDamagedException>(shard.Kill).Message.ShouldContain("1 more records");
        // Where nothing is known of the end, nothing says that the frame was durable.
        shard.Disk.Delete("00.end");
        Check(shard).ShouldHaveSingleItem().Kind.ShouldBe(StoreFaultKind.Torn);
        shard.Kill();
        shard.Disk.List().ShouldContain($"torn-{active[..10]}-{start}.bin");
        shard.Statistics("other").Ready.ShouldBe(1);
        shard.Enqueue("other", "works");
        shard.CutPower();
        shard.Statistics("other").Ready.ShouldBe(2);
        Check(shard).ShouldBeEmpty();
    }

    [Fact]
    public void Reads_what_is_in_closed_segments_in_any_order()
    {
        const int Messages = 600;
        using var shard = new TestShard();
        var random = new Random(11);
        var bodies = new List<byte[]>();
        for (var i = 0; i < Messages; i++)
        {
            // Now and then one that is larger than what is read at once.
            var body = new byte[i % 97 == 96 ? 30_000 : random.Next(3000)];
            random.NextBytes(body);
            bodies.Add(body);
            shard.Enqueue("q", new Message(body));
        }

        shard.Shard.Journal.Segments.Count.ShouldBeGreaterThan(5);
        for (var round = 0; round < 300; round++)
        {
            var from = random.Next(Messages) + 1;
            var limit = 1 + random.Next(round % 10 == 0 ? 500 : 3);
            var page = shard.Browse("q", new BrowseOptions { FromSequence = from, Limit = limit, WithBody = true });
            page[0].Sequence.ShouldBe(from);
            foreach (var message in page)
            {
                var body = bodies[(int)message.Sequence - 1];
                message.Body!.SequenceEqual(body).ShouldBeTrue($"message {message.Sequence} in round {round}");
            }
        }
    }

    [Fact]
    public void Notices_a_missing_a_foreign_and_a_swapped_segment()
    {
        using var shard = new TestShard();
        for (var i = 0; i < 400; i++) shard.Enqueue("q", new Message(new byte[1000]));
        var names = shard.Disk.List().Where(static n => n.EndsWith(".seg", StringComparison.Ordinal)).Order(StringComparer.Ordinal)
            .ToArray();
        names.Length.ShouldBeGreaterThan(3);
        Should.Throw<JournalDamagedException>(() => OpenAll(shard, names, static files => files.Remove("0000000002.seg")))
            .Message.ShouldContain("missing");
        Should.Throw<JournalDamagedException>(() => OpenAll(
            shard,
            names,
            static files => (files["0000000002.seg"], files["0000000003.seg"]) = (files["0000000003.seg"], files["0000000002.seg"])));
        Should.Throw<JournalDamagedException>(() => OpenAll(shard, names, static files => files["0000000002.seg"] = new byte[128 * 1024]));
        Should.Throw<JournalDamagedException>(() => OpenAll(shard, names, static files => files["0000000002.seg"].AsSpan(70_000).Clear()));
        Should.Throw<JournalDamagedException>(() => OpenAll(shard, names, static _ => { }, Guid.NewGuid()))
            .Message.ShouldContain("another store");
        OpenAll(shard, names, static _ => { });
    }

    [Fact]
    public void Stops_for_good_at_the_first_failed_sync()
    {
        using var shard = new TestShard();
        shard.Enqueue("q", "a");
        shard.Disk.FailSyncAfter = 0;
        Should.Throw<QueueException>(() => shard.Enqueue("q", "b")).Code.ShouldBe(QueueErrorCode.StoreFailed);
        var syncs = shard.Shard.Journal.Syncs;
        Should.Throw<QueueException>(() => shard.Enqueue("q", "c")).Code.ShouldBe(QueueErrorCode.StoreFailed);
        shard.Shard.Journal.Syncs.ShouldBe(syncs, "a sync that failed is never tried again");
        shard.Shard.Failure.ShouldNotBeNull();
        shard.CutPower();
        shard.Statistics("q").Ready.ShouldBeInRange(1, 2);
    }

    [Fact]
    public void Refuses_producers_on_a_full_disk_while_consumers_go_on_and_recovers_by_itself()
    {
        using var shard = new TestShard();
        shard.Enqueue("q", "first");
        shard.Disk.Capacity = 128 * 1024 * 3;
        var stored = 1;
        QueueException? refusal = null;
        while (refusal is null && stored < 1000)
        {
            try
            {
                shard.Enqueue("q", new Message(new byte[2000]));
                stored++;
            }
            catch (QueueException full)
            {
                refusal = full;
            }
        }

        refusal.ShouldNotBeNull();
        refusal.Code.ShouldBe(QueueErrorCode.StoreFull);
        var consumer = shard.Subscribe("q", new SubscriptionOptions { MaxInFlight = 50 });
        var acked = 0;
        for (var batch = consumer.DrainAll(); batch.Count > 0; batch = consumer.DrainAll())
            foreach (var delivery in batch)
            {
                shard.Ack(delivery).ShouldBe(SettleOutcome.Done);
                acked++;
            }

        acked.ShouldBe(stored);
        shard.Disk.Capacity = long.MaxValue;
        shard.Pass(TimeSpan.FromSeconds(2));
        shard.Enqueue("q", "welcome again").Sequence.ShouldBe(stored + 1);
    }

    [Fact]
    public void Survives_the_end_of_the_machine_at_each_operation_of_a_life()
    {
        // A power cut at each write, sync, and change of a name.
        for (var stop = 0; ; stop++)
        {
            using var shard = new TestShard();
            shard.Disk.StopAfter = stop;
            try
            {
                Exercise(shard);
                shard.Disk.Stopped.ShouldBeFalse();
                stop.ShouldBeGreaterThan(15, "the life has that many operations");
                return;
            }
            catch (Exception failure) when (shard.Disk.Stopped && failure is SimulatedCrashException or QueueException
                or NullReferenceException or InvalidOperationException or ShouldAssertException)
            {
                shard.CutPower();
                foreach (var queue in shard.Core.State.Queues)
                {
                    var it = Browsing.Describe(queue);
                    it.Enqueued.ShouldBe(
                        it.Ready + it.Scheduled + it.InFlight + it.Acked + it.Expired + it.Dropped + it.DeadLettered + it.Purged
                            + it.Redriven);
                }
            }
        }
    }

    /// <summary>Writes a record of each kind that a running store writes.</summary>
    internal static void Exercise(TestShard shard)
    {
        shard.Enqueue(
            "q",
            TestShard.Message("one") with
            {
                Key = "k",
                DedupId = "d",
                Producer = "p",
                ProducerSequence = 1,
                Subject = "s",
                CollapseKey = "c",
            });
        shard.Enqueue(
            "q", TestShard.Message("two") with { TimeToLive = TimeSpan.FromDays(1), Delay = TimeSpan.FromSeconds(1), Priority = 3 });
        shard.Enqueue("q", "three");
        shard.Enqueue("q", "four");
        var consumer = shard.Subscribe("q", new SubscriptionOptions { Owner = "o", MaxInFlight = 3 });
        var deliveries = consumer.DrainAll();
        shard.Ack(deliveries[0]);
        shard.Nack(deliveries[1]);
        shard.Reject(deliveries[2]);
        shard.AskQueue("q.dlq", static (core, queue) => core.Redriving.Redrive(queue, 0, 1, null, null));
        shard.AskQueue("q", static (core, queue) =>
        {
            core.Operating.Pause(queue, true);
            return core.Operating.Purge(queue);
        });
        shard.Pass(TimeSpan.FromSeconds(1));
    }

    /// <summary>Whether something is behind the last frame.</summary>
    private static bool LeftOver(TestShard shard)
    {
        var active = shard.Shard.Journal.Segments[^1];
        return shard.Disk.Contents(JournalFormat.SegmentName(active.Id)).AsSpan(active.Used).ContainsAnyExcept((byte)0);
    }

    private static IReadOnlyList<StoreFault> Check(TestShard shard)
    {
        var check = new ShardCheck(shard.Disk, TestShard.Store, 0);
        check.Run();
        return check.Faults;
    }

    private static Shard Open(byte[] segment, out MemoryDisk disk)
    {
        disk = new MemoryDisk();
        disk.Create(First).Write(0, segment);
        return Open(disk, TestShard.Store);
    }

    private static void OpenAll(TestShard shard, string[] names, Action<Dictionary<string, byte[]>> change, Guid? store = null)
    {
        var files = names.ToDictionary(static n => n, n => shard.Disk.Contents(n).ToArray());
        change(files);
        var disk = new MemoryDisk();
        foreach (var (name, bytes) in files) disk.Create(name).Write(0, bytes);
        Open(disk, store ?? TestShard.Store).Dispose();
    }

    private static Shard Open(MemoryDisk disk, Guid store)
    {
        return Shard.Open(
            disk,
            new ShardOptions
            {
                Store = store,
                SegmentSize = 128 * 1024,
                AckIds = AckIdRange.ForShard(0, 1),
                Seed = 1,
                Configure = static (_, _) => null,
            },
            new DiskCommit(disk),
            1_800_000_100_000,
            0);
    }
}
