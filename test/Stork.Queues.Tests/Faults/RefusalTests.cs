using Stork.Queues.Journal;
using Stork.Queues.Shards;
using Stork.Shared.Disk;

namespace Stork.Queues.Tests.Faults;

/// <summary>A system that lacks file descriptors, or memory, for a while. That is no reason to mistrust the disk.</summary>
public sealed class RefusalTests(ITestOutputHelper output) : IDisposable
{
    private const string Queue = "q";

    /// <summary>How often the runtime may end before the store is asked.</summary>
    private const int RuntimeEnds = 10;

    private readonly string _directory = Path.Combine(Path.GetTempPath(), "stork-refusals-" + Guid.NewGuid().ToString("N"));

    public void Dispose()
    {
        if (Directory.Exists(_directory)) Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task Refuses_producers_while_there_is_no_file_descriptor_and_recovers_by_itself()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs ulimit");
        for (var attempt = 1; ; attempt++)
        {
            var directory = Path.Combine(_directory, $"{attempt}");
            using var child = new Child(
                [DescriptorChild.Command, directory],
                descriptors: DescriptorChild.Limit,
                environment: DescriptorChild.Environment);
            if (await child.ReadLineAsync("the refusal") is not { } refusal)
            {
                // The runtime needs descriptors as well, and may itself not live without: that says nothing about the store.
                var (_, errors) = await child.EndAsync();
                errors.ShouldStartWith("Out of memory");
                attempt.ShouldBeLessThan(RuntimeEnds, errors);
                continue;
            }

            output.WriteLine(refusal);
            refusal.ShouldStartWith("StoreFull failed False: ");
            refusal.ShouldContain("Too many open files");
            await child.ExpectAsync("healthy True");
            await child.ExpectAsync("lost 0");
            (await child.EndAsync()).Code.ShouldBe(0);
            return;
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void Survives_the_refusal_of_each_operation_of_a_life(int refusals)
    {
        for (var at = 0; ; at++)
        {
            using var shard = new TestShard { SnapshotBytes = 100_000 };
            shard.Restart();
            var consumer = shard.Subscribe(Queue, new SubscriptionOptions { MaxInFlight = 50 });
            shard.Disk.Refusals = refusals;
            shard.Disk.RefuseFrom = shard.Disk.Asked + at;
            if (Live(shard, consumer, $"operation {at}")) continue;
            at.ShouldBeGreaterThan(100, "the life has that many operations");
            return;
        }
    }

    [Fact]
    public void Forgets_that_a_file_could_not_be_made_ahead()
    {
        var disk = new SimDisk(1) { RefuseFrom = 0 };
        using var supply = new SegmentSupply(disk, QueueStoreOptions.MinSegmentSize, background: true);
        supply.PrepareAhead();
        supply.Take(QueueStoreOptions.MinSegmentSize).Length.ShouldBe(QueueStoreOptions.MinSegmentSize);
    }

    [Fact]
    public void Syncs_by_itself_as_long_as_the_system_has_no_thread_for_it()
    {
        var (none, ended, caller) = (true, 0, 0);
        using var syncs = new SyncThread(() => Interlocked.Increment(ref ended), thread =>
        {
            if (!none) thread.Start();
            return !none;
        });
        syncs.Begin(() => caller = Environment.CurrentManagedThreadId);
        (syncs.IsDone, ended, caller).ShouldBe((true, 1, Environment.CurrentManagedThreadId));
        syncs.Begin(static () => throw new IOException("It failed."));
        syncs.Failure!.Message.ShouldBe("It failed.");
        none = false;
        syncs.Begin(() => caller = Environment.CurrentManagedThreadId);
        syncs.Wait();
        syncs.Failure.ShouldBeNull();
        caller.ShouldNotBe(Environment.CurrentManagedThreadId);
    }

    [Theory]
    [InlineData(4, true)]
    [InlineData(11, true)]
    [InlineData(12, true)]
    [InlineData(23, true)]
    [InlineData(24, true)]
    [InlineData(5, false)]
    [InlineData(9, false)]
    [InlineData(13, false)]
    [InlineData(30, false)]
    [InlineData(116, false)]
    public void Tells_errors_that_pass_from_those_that_do_not(int errno, bool passes)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "other systems have other numbers");
        var failure = new IOException("It did not work.", errno);
        DiskErrors.Passes(failure).ShouldBe(passes);
        if (passes)
        {
            DiskErrors.Refusal(failure, "writing", "/data/file").Message
                .ShouldBe("Writing '/data/file' is not possible at the moment: It did not work.");
        }

        DiskErrors.Refusal(new IOException("It did not work.", 28), "writing", "/data/file").ShouldBeOfType<DiskFullException>();
    }

    /// <summary>Uses several segments and gives them up again, with snapshots, as an application
    /// that tries again what was refused.</summary>
    /// <returns>Whether it came to the operation that is refused.</returns>
    private static bool Live(TestShard shard, TestConsumer consumer, string when)
    {
        var told = 0;
        for (var round = 0; round < 4; round++)
        {
            for (var i = 0; i < 15; i++, told++)
                Persist(shard, () => shard.SubmitAndTell(Queue, new Message(new byte[5000])), when);
            foreach (var delivery in consumer.DrainAll())
                Persist(shard, () =>
                {
                    var command = new SettleCommand(delivery.Attempt, new Settlement(SettlementKind.Ack), fenced: false);
                    shard.Shard.Submit(command);
                    return command.Task;
                }, when);
        }

        shard.Pass(TimeSpan.FromSeconds(5));
        shard.Shard.Failure.ShouldBeNull(when);
        shard.Shard.Refusal.ShouldBeNull(when);
        shard.Statistics(Queue).Enqueued.ShouldBe(told, when);
        var acked = shard.Statistics(Queue).Acked;
        acked.ShouldBe(told, when);
        shard.Shard.Close();
        Open(shard);
        var met = shard.Disk.Asked > shard.Disk.RefuseFrom;
        shard.Disk.RefuseFrom = -1;
        shard.Statistics(Queue).Enqueued.ShouldBe(told, when);
        shard.Statistics(Queue).Acked.ShouldBe(acked, when);
        shard.CutPower();
        shard.Statistics(Queue).Enqueued.ShouldBe(told, when);
        return met;
    }

    /// <summary>Opening is refused as a whole, and may be tried again.</summary>
    private static void Open(TestShard shard)
    {
        for (var tries = 0; ; tries++)
        {
            try
            {
                shard.Open();
                return;
            }
            catch (DiskBusyException) when (tries < 10)
            {
                shard.Shard.Dispose();
            }
        }
    }

    private static void Persist(TestShard shard, Func<Task> work, string when)
    {
        for (var tries = 0; tries < 10; tries++)
        {
            var task = work();
            for (var seconds = 0; seconds < 10 && !task.IsCompleted; seconds++) shard.Pass(TimeSpan.FromSeconds(1));
            task.IsCompleted.ShouldBeTrue($"{when}: it is done or refused within ten seconds");
            if (task.IsCompletedSuccessfully) return;
            var refusal = task.Exception!.InnerException.ShouldBeOfType<QueueException>(when);
            refusal.Code.ShouldBe(QueueErrorCode.StoreFull, $"{when}: {refusal.Message}");
            shard.Pass(TimeSpan.FromSeconds(2));
        }

        throw new InvalidOperationException($"{when}: refused for more than twenty seconds.");
    }
}
