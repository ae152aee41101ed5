using Stork.Queues.Journal;
using Stork.Queues.Rules;
using Stork.Queues.Shards;
using Stork.Queues.State;
using Stork.Shared.Disk;

namespace Stork.Queues.Tests;

/// <summary>Another <see cref="QueueStoreOptions.SegmentSize"/> than the one with which the journal was written,
/// and messages that are large for it.</summary>
public sealed class SegmentSizeTests
{
    private const int Mebi = 1 << 20;
    private static readonly QueueOptions Roomy = QueueOptions.Work with { MaxMessageBytes = 20 * Mebi, MaxFailures = 0 };

    [Theory]
    [InlineData(1 * Mebi, 64 * Mebi, 900_000)]
    [InlineData(16 * Mebi, 64 * Mebi, 8_000_000)]
    [InlineData(128 * 1024, 1 * Mebi, 120_000)]
    public void A_message_is_stored_and_delivered_after_the_segment_size_was_raised(int before, int after, int bytes)
    {
        using var shard = new TestShard(("q", Roomy)) { SegmentSize = before };
        shard.Restart();
        shard.Enqueue("q", "small");
        shard.SegmentSize = after;
        shard.Restart();
        shard.Enqueue("q", new Message(new byte[bytes])).Sequence.ShouldBe(2);
        var deliveries = shard.Subscribe("q", new SubscriptionOptions { MaxInFlight = 10 }).DrainAll();
        deliveries.Select(static d => d.Body.Length).ShouldBe([5, bytes]);
        foreach (var delivery in deliveries) shard.Ack(delivery).ShouldBe(SettleOutcome.Done);
        shard.Kill();
        shard.Statistics("q").Acked.ShouldBe(2);
    }

    [Fact]
    public void A_batch_is_measured_by_the_segment_size_of_now()
    {
        using var shard = new TestShard { SegmentSize = 16 * Mebi };
        shard.Restart();
        shard.SegmentSize = 64 * Mebi;
        shard.Restart();
        var batch = Enumerable.Repeat(("q", new Message(new byte[800_000])), 10).ToArray();
        shard.Enqueue(batch).Length.ShouldBe(10);
        shard.SegmentSize = Mebi;
        shard.Restart();
        var refusal = Should.Throw<QueueException>(() => shard.Enqueue(batch));
        refusal.Code.ShouldBe(QueueErrorCode.TooLarge);
        refusal.Message.ShouldContain("262144");
        shard.Statistics("q").Ready.ShouldBe(10);
    }

    [Theory]
    [InlineData("ack")]
    [InlineData("nack")]
    [InlineData("reject")]
    [InlineData("release")]
    [InlineData("expire")]
    [InlineData("timeout")]
    [InlineData("kill")]
    public void What_is_stored_stays_deliverable_and_settleable_after_the_segment_size_was_lowered(string end)
    {
        const int Bytes = 900_000;
        const int Messages = 6;
        using var shard = new TestShard(("q", Roomy with { DeadLetterExpired = true })) { SegmentSize = 8 * Mebi };
        shard.Restart();
        for (var i = 0; i < Messages; i++)
            shard.Enqueue("q", new Message(new byte[Bytes]) { TimeToLive = end == "expire" ? TimeSpan.FromMinutes(1) : null });
        shard.SegmentSize = QueueStoreOptions.MinSegmentSize;
        shard.Restart();
        if (end == "expire") shard.Pass(TimeSpan.FromMinutes(2));
        var consumer = shard.Subscribe("q", new SubscriptionOptions { MaxInFlight = Messages });
        var deliveries = consumer.DrainAll();
        deliveries.Count.ShouldBe(end == "expire" ? 0 : Messages);
        if (end == "timeout") shard.Pass(TimeSpan.FromMinutes(1));
        if (end == "kill") shard.Kill();
        foreach (var delivery in deliveries)
        {
            delivery.Body.Length.ShouldBe(Bytes);
            if (end == "ack") shard.Ack(delivery).ShouldBe(SettleOutcome.Done);
            if (end == "nack") shard.Nack(delivery).ShouldBe(SettleOutcome.Done);
            if (end == "reject") shard.Reject(delivery).ShouldBe(SettleOutcome.Done);
            if (end == "release") shard.Release(delivery).ShouldBe(SettleOutcome.Done);
        }

        if (end == "ack") shard.Statistics("q").Acked.ShouldBe(Messages);
        if (end is "nack" or "reject" or "expire" or "timeout" or "kill")
        {
            shard.Statistics("q.dlq").Ready.ShouldBe(Messages);
            shard.AskQueue("q.dlq", static (core, queue) => core.Redriving.Redrive(queue, 0, Messages, null, null));
        }

        shard.Shard.Failure.ShouldBeNull();
        shard.Shard.IsStuck.ShouldBeFalse();
    }

    [Fact]
    public void Reclaims_segments_with_messages_that_are_large_for_the_present_ones()
    {
        using var shard = new TestShard(("q", Roomy), ("keep", Roomy)) { SegmentSize = 8 * Mebi };
        shard.Restart();
        for (var i = 0; i < 4; i++) shard.Enqueue("keep", new Message(new byte[900_000]));
        shard.SegmentSize = QueueStoreOptions.MinSegmentSize;
        shard.Restart();
        var consumer = shard.Subscribe("q", new SubscriptionOptions { MaxInFlight = 10 });
        for (var i = 0; i < 400 && shard.Shard.Journal.Segments[0].Id < 3; i++)
        {
            shard.Enqueue("q", new Message(new byte[30_000]));
            foreach (var delivery in consumer.DrainAll()) shard.Ack(delivery);
        }

        shard.Shard.Journal.Segments[0].Id.ShouldBeGreaterThan(2u, "the segment with the large ones was reclaimed");
        shard.Kill();
        shard.Subscribe("keep", new SubscriptionOptions { MaxInFlight = 10 }).DrainAll().Count.ShouldBe(4);
    }

    [Fact]
    public void The_reserve_holds_a_segment_of_the_present_size()
    {
        using var shard = new TestShard(("q", Roomy));
        shard.SegmentSize = 4 * Mebi;
        shard.Restart();
        shard.Disk.Contents("reserve.bin").Length.ShouldBe(4 * Mebi);
        shard.SegmentSize = Mebi;
        shard.Restart();
        shard.Disk.Contents("reserve.bin").Length.ShouldBeGreaterThanOrEqualTo(Mebi);
    }

    [Fact]
    public void A_message_is_as_large_as_its_queue_allows_whatever_the_segment_size()
    {
        using var shard = new TestShard();
        shard.Enqueue("q", new Message(new byte[QueueOptions.Work.MaxMessageBytes]));
        Should.Throw<QueueException>(() => shard.Enqueue("q", new Message(new byte[QueueOptions.Work.MaxMessageBytes + 1])))
            .Message.ShouldContain("1000000");
        shard.Subscribe("q").DrainAll().ShouldHaveSingleItem().Body.Length.ShouldBe(QueueOptions.Work.MaxMessageBytes);
        Should.Throw<QueueException>((QueueOptions.Work with { MaxMessageBytes = QueueOptions.MaxMessageBytesLimit + 1 }).Validate)
            .Message.ShouldContain("268,435,456");
    }

    [Fact]
    public void One_message_may_push_out_any_number_of_smaller_ones()
    {
        foreach (var overflow in (Overflow[])[Overflow.DropHead, Overflow.DeadLetterHead])
        {
            using var shard = new TestShard(("q", Roomy with { MaxBytes = Mebi, Overflow = overflow }));
            for (var i = 0; i < 80; i++) shard.Enqueue([.. Enumerable.Repeat(("q", new Message(new byte[10])), 50)]);
            shard.Enqueue("q", new Message(new byte[1_000_000])).Sequence.ShouldBe(4001);
            shard.Shard.Failure.ShouldBeNull();
            shard.Statistics("q").Ready.ShouldBeLessThan(2000);
        }
    }

    [Fact]
    public void What_one_message_pushes_out_to_the_dead_letters_needs_a_bounded_room()
    {
        using var shard = new TestShard(("q", Roomy)) { SegmentSize = 64 * Mebi };
        shard.Restart();
        for (var i = 0; i < 40; i++) shard.Enqueue("q", new Message(new byte[Mebi]));
        shard.Configure("q", Roomy with { MaxMessages = 5, Overflow = Overflow.DeadLetterHead });
        shard.Restart();
        var small = PreparedMessage.Create(TestShard.Address("q"), TestShard.Message("x"));
        shard.Ask(core => core.Admission.BytesFor([small])).ShouldBeLessThan(10 * Mebi);
        shard.Enqueue("q", "x");
        shard.Statistics("q.dlq").Ready.ShouldBe(8);
        for (var i = 0; i < 5; i++) shard.Enqueue("q", "x");
        shard.Statistics("q").Ready.ShouldBe(5, "the ones that follow bring it down");
        shard.Ask(core => core.Admission.RefuseRoom([small], int.MaxValue, Mebi)).ShouldNotBeNull().Code.ShouldBe(QueueErrorCode.TooLarge);
        shard.Ask(core => core.Admission.RefuseRoom([small], 900 * Mebi, Mebi)).ShouldBeNull();
    }

    [Fact]
    public void What_expired_while_its_consumer_was_away_waits_for_the_room_of_a_dead_letter()
    {
        using var shard = new TestShard(("jobs", Roomy with { DeadLetterExpired = true, DisconnectGrace = TimeSpan.FromMinutes(1) }));
        var options = new SubscriptionOptions { Owner = "1", Remote = true };
        shard.Enqueue("jobs", new Message(new byte[400_000]) { TimeToLive = TimeSpan.FromSeconds(5) });
        var consumer = shard.Subscribe("jobs", options);
        consumer.Next();
        shard.Do(core => core.Detaching.Detach(consumer.State, Departure.Lost));
        shard.Pass(TimeSpan.FromSeconds(10));
        while (shard.Shard.Journal.Frame.Room > 50_000) shard.Enqueue("other", new Message(new byte[5_000]));
        shard.Subscribe("jobs", options).IsEmpty.ShouldBeTrue();
        shard.Shard.Failure.ShouldBeNull();
        shard.Statistics("jobs.dlq").Ready.ShouldBe(1);
    }

    [Fact]
    public void A_limit_that_was_lowered_far_below_what_is_stored_is_reached_step_by_step()
    {
        using var shard = new TestShard(("q", Roomy));
        shard.Configure("q.dlq", QueueOptions.DeadLetters);
        for (var i = 0; i < 200; i++) shard.Enqueue([.. Enumerable.Repeat(("q", new Message(new byte[10])), 50)]);
        var consumer = shard.Subscribe("q", new SubscriptionOptions { MaxInFlight = 1 });
        for (var left = 9_000; left > 0; left--) shard.Reject(consumer.DrainAll()[0]);
        shard.Configure("q.dlq", QueueOptions.DeadLetters with { MaxMessages = 10 });
        shard.Configure("q", Roomy with { MaxMessages = 5, Overflow = Overflow.DropHead });
        shard.Restart();
        shard.Reject(shard.Subscribe("q").DrainAll()[0]).ShouldBe(SettleOutcome.Done);
        shard.Enqueue("q", "x");
        shard.Statistics("q").Ready.ShouldBe(4, "with the one that is out there are five");
        shard.Shard.Failure.ShouldBeNull();
    }

    [Fact]
    public void On_a_full_disk_what_needs_a_larger_file_waits_while_the_rest_goes_on()
    {
        using var shard = new TestShard(("large", Roomy), ("q", Roomy)) { SegmentSize = Mebi };
        shard.Restart();
        shard.Enqueue("large", new Message(new byte[900_000]));
        for (var i = 0; i < 5; i++) shard.Enqueue("q", "small");
        shard.SegmentSize = QueueStoreOptions.MinSegmentSize;
        shard.Restart();
        shard.Disk.Capacity = 0;
        var large = shard.Subscribe("large");
        large.DrainAll().ShouldBeEmpty();
        var small = shard.Subscribe("q", new SubscriptionOptions { MaxInFlight = 5 });
        foreach (var delivery in small.DrainAll()) shard.Ack(delivery).ShouldBe(SettleOutcome.Done);
        shard.Statistics("q").Acked.ShouldBe(5);
        shard.Disk.Capacity = long.MaxValue;
        shard.Pass(TimeSpan.FromSeconds(3));
        large.DrainAll().ShouldHaveSingleItem().Body.Length.ShouldBe(900_000);
    }

    [Fact]
    public void A_shard_that_gets_nothing_done_notices_it_itself()
    {
        var disk = new StubbornDisk(new MemoryDisk());
        var options = new ShardOptions
        {
            Store = TestShard.Store,
            SegmentSize = QueueStoreOptions.MinSegmentSize,
            AckIds = AckIdRange.ForShard(0, 1),
            Seed = 1,
            Configure = static (_, _) => Roomy,
        };
        using var shard = Shard.Open(disk, options, new DiskCommit(disk), 1_800_000_000_000, 0);
        var command = new EnqueueOneCommand(PreparedMessage.Create(new QueueAddress(QueueKind.Work, "q"), new Message(new byte[900_000])));
        shard.Submit(command);
        long time = 0;
        var waits = new List<long?>();
        while (shard.Failure is null)
        {
            waits.Count.ShouldBeLessThan(2 * ProgressWatch.MaxFruitless, "the shard gives up");
            waits.Add(shard.RunTurn(1_800_000_000_000 + time, time));
            time += waits[^1] ?? 0;
            if (waits.Count == ProgressWatch.MaxFruitless / 2) shard.IsStuck.ShouldBeTrue();
        }

        waits.Count(static w => w == 0).ShouldBeLessThan(2 * ProgressWatch.MaxAtOnce, "it does not take a processor for itself");
        shard.Failure.Message.ShouldContain("does not get on");
        command.Task.Exception!.InnerException.ShouldBeOfType<QueueException>().Code.ShouldBe(QueueErrorCode.StoreFailed);
    }

    /// <summary>Its files never are larger than the usual segment.</summary>
    private sealed class StubbornDisk(IDisk disk) : IDisk
    {
        public long FreeBytes => disk.FreeBytes;

        public IDiskFile Create(string name) => new StubbornFile(disk.Create(name));

        public IDiskFile Open(string name) => new StubbornFile(disk.Open(name));

        public bool Exists(string name) => disk.Exists(name);

        public IReadOnlyList<string> List() => disk.List();

        public void Rename(string from, string to) => disk.Rename(from, to);

        public void Delete(string name) => disk.Delete(name);

        public void SyncDirectory() => disk.SyncDirectory();

        public void Dispose() => disk.Dispose();
    }

    private sealed class StubbornFile(IDiskFile file) : IDiskFile
    {
        public long Length => Math.Min(file.Length, QueueStoreOptions.MinSegmentSize);

        public int Read(long offset, Span<byte> buffer) => file.Read(offset, buffer);

        public void Write(long offset, ReadOnlySpan<byte> data) => file.Write(offset, data);

        public void Sync() => file.Sync();

        public void Dispose() => file.Dispose();
    }
}
