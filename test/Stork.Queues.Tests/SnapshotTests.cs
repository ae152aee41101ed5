using System.Globalization;
using System.Text;
using Stork.Queues.Journal;
using Stork.Queues.Rules;
using Stork.Queues.Shards;
using Stork.Queues.Snapshots;
using Stork.Queues.State;

namespace Stork.Queues.Tests;

/// <summary>A snapshot only shortens the start: whatever is wrong with it, the state is the one that the log gives.</summary>
public sealed class SnapshotTests
{
    private const long Time = 1_800_000_000_000;

    [Fact]
    public void Starts_from_the_snapshot_of_a_clean_stop_with_the_same_state()
    {
        using var shard = Filled();
        var before = State(shard.Shard);
        shard.Restart();
        shard.Shard.StartedFrom.ShouldNotBeNull(shard.Shard.SnapshotIgnored);
        State(shard.Shard, attempts: false).ShouldBe(WithoutAttempts(before));
        shard.Enqueue("q", "goes on").Sequence.ShouldBe(6);
    }

    [Fact]
    public void Replays_what_came_after_the_snapshot()
    {
        using var shard = Filled();
        shard.Restart();
        shard.Enqueue("q", "after");
        shard.Enqueue("new", "queue");
        var consumer = shard.Subscribe("inbox:a");
        foreach (var delivery in consumer.DrainAll()) shard.Ack(delivery);
        var before = State(shard.Shard);
        shard.Kill();
        shard.Shard.StartedFrom.ShouldNotBeNull();
        State(shard.Shard, attempts: false).ShouldBe(WithoutAttempts(before));
    }

    [Fact]
    public void Ignores_a_snapshot_with_any_byte_flipped()
    {
        using var shard = Filled();
        shard.Shard.Close();
        var name = shard.Disk.List().Single(static n => n.EndsWith(".snap", StringComparison.Ordinal));
        var whole = shard.Disk.Contents(name).ToArray();
        var expected = State(Open(shard.Disk.Copy(n => n != name)));
        Open(shard.Disk.Copy(static _ => true)).StartedFrom.ShouldBe(name);
        for (var at = 0; at < whole.Length; at++)
        {
            var disk = shard.Disk.Copy(n => n != name);
            var bytes = whole.ToArray();
            bytes[at] ^= (byte)(1 << (at % 8));
            disk.Create(name).Write(0, bytes);
            var opened = Open(disk);
            opened.StartedFrom.ShouldBeNull($"with a bit flipped at {at}");
            opened.SnapshotIgnored.ShouldNotBeNull().ShouldStartWith(name);
            if (at % 16 == 0) State(opened).ShouldBe(expected);
        }
    }

    [Fact]
    public void Ignores_a_snapshot_cut_off_at_any_length()
    {
        using var shard = Filled();
        shard.Shard.Close();
        var name = shard.Disk.List().Single(static n => n.EndsWith(".snap", StringComparison.Ordinal));
        var whole = shard.Disk.Contents(name).ToArray();
        for (var length = 0; length < whole.Length; length++)
        {
            var disk = shard.Disk.Copy(n => n != name);
            disk.Create(name).Write(0, whole.AsSpan(0, length));
            Open(disk).StartedFrom.ShouldBeNull($"with {length} bytes");
        }
    }

    [Fact]
    public void Goes_back_to_the_snapshot_before_and_keeps_two()
    {
        using var shard = Filled();
        shard.Restart();
        for (var i = 0; i < 3; i++)
        {
            for (var n = 0; n < 10; n++) shard.Enqueue("q", new Message(new byte[3000]));
            shard.Restart();
        }

        var names = SnapshotFile.Find(shard.Disk);
        names.Count.ShouldBe(2);
        shard.Shard.StartedFrom.ShouldBe(names[0]);
        var disk = shard.Disk.Copy(n => n != names[0]);
        disk.Create(names[0]).Write(0, new byte[1000]);
        var opened = Open(disk);
        opened.StartedFrom.ShouldBe(names[1]);
        State(opened).ShouldBe(State(Open(shard.Disk.Copy(static n => !SnapshotFormat.IsName(n)))));
    }

    [Fact]
    public void Does_not_believe_a_snapshot_that_is_ahead_of_the_log_or_older_than_it()
    {
        using var shard = Filled();
        shard.Shard.Close();
        var name = SnapshotFile.Find(shard.Disk).Single();

        // A log that ends before the snapshot's point: as if older files had been put back.
        var disk = shard.Disk.Copy(static n => n != "0000000001.seg");
        var log = shard.Disk.Contents("0000000001.seg").ToArray();
        var mark = log.AsSpan().LastIndexOfAnyExcept((byte)0) + 1 - JournalFormat.FooterBytes;
        log.AsSpan(mark).Clear();
        disk.Create("0000000001.seg").Write(0, log);
        var opened = Open(disk);
        opened.StartedFrom.ShouldBeNull();
        opened.SnapshotIgnored.ShouldNotBeNull().ShouldContain("does not reach");

        // A log whose segment with the point was reclaimed.
        disk = shard.Disk.Copy(static n => n != "0000000001.seg");
        opened = Open(disk);
        opened.StartedFrom.ShouldBeNull();
        opened.SnapshotIgnored.ShouldNotBeNull().ShouldContain("is not there");
        name.ShouldNotBeNull();
    }

    [Fact]
    public void Agrees_with_segments_that_were_reclaimed_since()
    {
        using var shard = new TestShard { SnapshotBytes = 400_000 };
        shard.Restart();
        for (var i = 0; i < 200; i++) shard.Enqueue("keep", new Message(new byte[1000]));
        var consumer = shard.Subscribe("pass");
        var starts = 0;
        for (var round = 0; round < 40; round++)
        {
            for (var i = 0; i < 50; i++) shard.Enqueue("pass", new Message(new byte[1000]));
            for (var batch = consumer.DrainAll(); batch.Count > 0; batch = consumer.DrainAll())
                foreach (var delivery in batch) shard.Ack(delivery);
            var copy = shard.Disk.Copy(static _ => true);
            copy.CutPower();
            var with = Open(copy);
            if (with.StartedFrom is not null) starts++;
            State(with).ShouldBe(State(Open(copy.Copy(static n => !SnapshotFormat.IsName(n)))));
        }

        starts.ShouldBeGreaterThan(20);
        shard.Shard.Journal.Segments[0].Id.ShouldBeGreaterThan(5u);
        shard.Shard.Snapshots.ShouldBeGreaterThan(3);
    }

    [Fact]
    public void Writes_one_state_although_messages_come_and_go_meanwhile()
    {
        using var shard = new TestShard { SnapshotBytes = 60_000, SnapshotEntriesPerTurn = 1 };
        shard.Restart();
        for (var i = 0; i < 40; i++) shard.Enqueue("inbox:" + i, "hello");
        var consumers = Enumerable.Range(0, 40).Select(i => shard.Subscribe("inbox:" + i)).ToArray();
        for (var round = 0; shard.Shard.Snapshots < 5; round++)
        {
            round.ShouldBeLessThan(2000, "five snapshots are written");
            shard.Submit("inbox:" + ((round * 7) % 40), new Message(new byte[500]));
            shard.TurnOnce();
            if (round % 3 != 0) continue;
            foreach (var delivery in consumers[(round * 11) % 40].DrainAll()) delivery.Ack();
        }

        shard.Settle();
        var copy = shard.Disk.Copy(static _ => true);
        var with = Open(copy);
        with.StartedFrom.ShouldNotBeNull(with.SnapshotIgnored);
        State(with).ShouldBe(State(Open(shard.Disk.Copy(static n => !SnapshotFormat.IsName(n)))));
    }

    [Fact]
    public void Survives_the_end_of_the_machine_at_each_operation_of_a_snapshot()
    {
        for (var stop = 0; ; stop++)
        {
            using var shard = Filled();
            shard.Pass(TimeSpan.FromSeconds(1));
            var before = State(shard.Shard, attempts: false);
            shard.Disk.StopAfter = stop;
            try
            {
                shard.Shard.Close();
            }
            catch (SimulatedCrashException)
            {
                // That is what this test is about.
            }

            var whole = !shard.Disk.Stopped;
            shard.CutPower();
            State(shard.Shard, attempts: false).ShouldBe(before, $"after a stop at operation {stop}");
            shard.Enqueue("q", "works");
            if (!whole) continue;
            stop.ShouldBeGreaterThan(6, "a snapshot takes that many operations");
            return;
        }
    }

    [Fact]
    public void Does_without_snapshots_while_the_disk_is_full()
    {
        using var shard = Filled();
        var before = State(shard.Shard, attempts: false);
        shard.Disk.Capacity = 0;
        shard.Shard.Close();
        shard.Shard.Failure.ShouldBeNull();
        shard.Disk.Capacity = long.MaxValue;
        shard.Disk.List().ShouldNotContain(SnapshotFormat.Draft);
        shard.Open();
        shard.Shard.StartedFrom.ShouldBeNull();
        State(shard.Shard, attempts: false).ShouldBe(before);
    }

    [Fact]
    public void Stops_the_store_when_a_snapshot_cannot_be_synced()
    {
        using var shard = new TestShard { SnapshotBytes = 1000, SnapshotEntriesPerTurn = 1 };
        shard.Restart();
        shard.Enqueue("q", new Message(new byte[100]));
        shard.Disk.FailSyncAfter = 2;
        for (var i = 0; i < 50 && shard.Shard.Failure is null; i++)
        {
            try
            {
                shard.Enqueue("q", new Message(new byte[400]));
            }
            catch (QueueException failed)
            {
                failed.Code.ShouldBe(QueueErrorCode.StoreFailed);
            }
        }

        shard.Shard.Failure.ShouldNotBeNull();
        shard.CutPower();
        shard.Enqueue("q", "works");
    }

    [Fact]
    public void Still_notices_files_that_are_missing_swapped_or_cut_although_it_does_not_read_them()
    {
        using var shard = new TestShard { SnapshotBytes = 100_000 };
        shard.Restart();
        for (var i = 0; i < 600; i++) shard.Enqueue("q", new Message(new byte[1000]));
        shard.Shard.Close();
        Open(shard.Disk.Copy(static _ => true)).StartedFrom.ShouldNotBeNull();
        Should.Throw<JournalDamagedException>(() => Open(shard.Disk.Copy(static n => n != "0000000002.seg")));
        byte[][] contents =
            [new byte[128 * 1024], shard.Disk.Contents("0000000003.seg"), shard.Disk.Contents("0000000002.seg")[..60_000]];
        foreach (var content in contents)
        {
            var disk = shard.Disk.Copy(static n => n != "0000000002.seg");
            disk.Create("0000000002.seg").Write(0, content);
            Should.Throw<JournalDamagedException>(() => Open(disk));
        }
    }

    /// <summary>Everything a snapshot can hold.</summary>
    internal static TestShard Filled(TestShard? given = null)
    {
        var shard = given ?? new TestShard(
            ("keys", QueueOptions.Work with { Order = DeliveryOrder.PerKey }),
            ("inbox:d", QueueOptions.Inbox with { Fanout = Fanout.PerDevice }),
            ("inbox:r", QueueOptions.Inbox with { Retention = TimeSpan.FromDays(1) }))
        {
            SnapshotBytes = 10_000,
        };
        if (given is null) shard.Restart();
        JournalTests.Exercise(shard);
        for (var i = 0; i < 6; i++) shard.Enqueue("keys", TestShard.Message("k" + i) with { Key = "k" + (i % 2), Priority = i });
        for (var i = 0; i < 6; i++)
        {
            var (delay, timeToLive) = (TimeSpan.FromSeconds(i * 5), TimeSpan.FromDays(i + 1));
            shard.Enqueue("prio", TestShard.Message("p" + i) with { Priority = i, Delay = delay, TimeToLive = timeToLive });
        }

        foreach (var inbox in (string[])["inbox:a", "inbox:d", "inbox:r"])
            for (var i = 0; i < 4; i++)
            {
                var message = TestShard.Message("i" + i) with { DedupId = "d" + i, Producer = "p", ProducerSequence = i + 1 };
                shard.Enqueue(inbox, message with { CollapseKey = i < 2 ? "c" + i : null });
            }
        shard.Nack(shard.Subscribe("keys", new SubscriptionOptions { Owner = "w" }).DrainAll()[0], delay: 60_000, error: "no");
        var device = shard.Subscribe("inbox:d", new SubscriptionOptions { Device = "one", Owner = "o" });
        shard.Subscribe("inbox:d", new SubscriptionOptions { Device = "two", MaxInFlight = 1 });
        shard.Ack(device.DrainAll()[1]);
        shard.Ack(shard.Subscribe("inbox:r").DrainAll()[0]);
        return shard;
    }

    private static Shard Open(SimDisk disk)
    {
        var options = new ShardOptions
        {
            Store = TestShard.Store,
            SegmentSize = 128 * 1024,
            AckIds = AckIdRange.ForShard(0, 1),
            Seed = 1,
            Configure = static (_, _) => null,
        };
        return Shard.Open(disk, options, new DiskCommit(disk), Time + 3_600_000, 0);
    }

    private static string WithoutAttempts(string state) =>
        string.Join('\n', state.Split('\n').Where(static l => !l.Contains("attempts", StringComparison.Ordinal)));

    internal static string State(Shard shard, bool attempts = true)
    {
        var text = new StringBuilder();
        foreach (var queue in shard.Core.State.Queues)
        {
            var numbers = Browsing.Describe(queue) with { Consumers = 0, Ready = 0, InFlight = 0, Scheduled = 0 };
            text.Append(CultureInfo.InvariantCulture, $"{numbers} {queue.StateSegment}\n");
            for (var i = 0; i < queue.Entries.Count; i++)
            {
                var entry = queue.Entries.At(i);
                if (entry.State == MessageState.None) continue;
                text.Append(CultureInfo.InvariantCulture, $"{queue.Id}/{queue.Entries.SequenceAt(i)} ");
                text.Append(CultureInfo.InvariantCulture, $"{entry.State == MessageState.Retained} {entry.Segment}+{entry.Offset} ");
                text.Append(CultureInfo.InvariantCulture, $"{entry.Size} {entry.Expiry} {entry.Priority} {entry.Laned}\n");
            }

            if (queue.Work is not { } work) continue;
            // An id that is over may or may not have been forgotten yet: it is the same.
            foreach (var (hash, seen) in (work.Dedup?.InOrder ?? []).Where(d => d.Seen.Until > shard.Core.State.Now))
                text.Append(CultureInfo.InvariantCulture, $"dedup {hash} {seen}\n");
            foreach (var (name, mark) in work.Producers ?? []) text.Append(CultureInfo.InvariantCulture, $"producer {name} {mark}\n");
            foreach (var device in work.Devices ?? [])
            {
                text.Append(CultureInfo.InvariantCulture, $"device {device.Index} {device.Name} {device.Start} ");
                text.Append(CultureInfo.InvariantCulture, $"{string.Join(',', device.Acked.Order())}\n");
            }

            if (!attempts) continue;
            foreach (var sequence in work.Extras.Sequences.Order())
            {
                var extra = queue.Extra(sequence)!;
                text.Append(CultureInfo.InvariantCulture, $"attempts {sequence} {extra.Failures} {extra.Deliveries} ");
                text.Append(CultureInfo.InvariantCulture, $"{extra.Isolated} {extra.DueAt > 0} {extra.Lane?.Hash}");
                for (var attempt = extra.Newest; attempt is not null; attempt = attempt.Older)
                {
                    text.Append(CultureInfo.InvariantCulture, $" {attempt.AckId} {attempt.Token} ");
                    text.Append(CultureInfo.InvariantCulture, $"{attempt.Owner} {attempt.Settled}");
                }

                text.Append('\n');
            }
        }

        return text.ToString();
    }
}
