using Stork.Shared.Disk;
namespace Stork.Queues.Tests.Faults;

/// <summary>A process, or its disk, that stands still.</summary>
public sealed class StallTests : IDisposable
{
    private readonly string _directory = Path.Combine(Path.GetTempPath(), "stork-stalls-" + Guid.NewGuid().ToString("N"));

    public void Dispose()
    {
        if (Directory.Exists(_directory)) Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task Lets_no_lease_end_because_its_own_process_was_stopped()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs SIGSTOP");
        using var child = new Child([HoldChild.Command, _directory]);
        await child.ExpectAsync("open");
        await child.SayAsync("hold");
        await child.ExpectAsync("holding");
        child.Signal(Child.Sigstop);
        await Task.Delay(HoldChild.Lease * 2, TimeProvider.System);
        child.Signal(Child.Sigcont);
        await child.SayAsync("settle");
        await child.ExpectAsync($"in time {HoldChild.Messages} acked {HoldChild.Messages} dead 0 again 0");
        await child.SayAsync("end");
        (await child.EndAsync()).Code.ShouldBe(0);
    }

    [Fact]
    public async Task Renews_the_leases_of_running_handlers_although_every_thread_of_the_pool_sleeps()
    {
        using var child = new Child([SleepChild.Command, _directory]);
        await child.ExpectAsync("begun 2 dead 0");
        (await child.EndAsync()).Code.ShouldBe(0);
    }

    [Fact]
    public void Lets_leases_and_graces_run_on_after_a_stall_with_what_was_left_of_them()
    {
        using var shard = new TestShard(("jobs", QueueOptions.Work with { MaxFailures = 0 }));
        for (var i = 0; i < 50; i++) shard.Enqueue("jobs", "m");
        var consumer = shard.Subscribe("jobs", new SubscriptionOptions { MaxInFlight = 50 });
        var held = consumer.DrainAll();
        shard.Pass(TimeSpan.FromSeconds(20));
        shard.StandStill(TimeSpan.FromMinutes(10));
        shard.Statistics("jobs").InFlight.ShouldBe(50, "nobody lost a message because we stood still");
        shard.Ack(held[0]).ShouldBe(SettleOutcome.Done);
        shard.Pass(TimeSpan.FromSeconds(8));
        shard.Statistics("jobs").InFlight.ShouldBe(49);
        shard.Pass(TimeSpan.FromSeconds(2));
        shard.Statistics("jobs").DeadLettered.ShouldBe(49, "then the time is over all the same");
        shard.Ack(held[1]).ShouldBe(SettleOutcome.AlreadySettled);
    }

    [Fact]
    public async Task Makes_producers_wait_while_the_disk_is_slow_and_takes_bounded_memory()
    {
        const int Limit = 256 * 1024;
        const int Size = 8 * 1024;
        const int Producers = 200;
        using var gate = new SlowDisk(new MemoryDisk());
        var options = new QueueStoreOptions { SegmentSize = 1 << 20, MinFreeBytes = 0, MaxPendingBytes = Limit };
        await using var store = await QueueStore.OpenAsync(_directory, options, _ => gate);
        var queue = store.Queue("jobs");
        await queue.EnqueueAsync(new byte[Size]);

        gate.Close();
        var first = queue.EnqueueAsync(new byte[Size]);
        await gate.ReachedAsync();
        var rest = Enumerable.Range(0, Producers).Select(_ => queue.EnqueueAsync(new byte[Size])).ToArray();
        var shard = store.Shards.Single();
        shard.PendingBytes.ShouldBeInRange(Limit / 2, Limit, "no more waits for the journal than was allowed");
        first.IsCompleted.ShouldBeFalse("nothing is told before the disk says so");
        using var impatient = new CancellationTokenSource();
        var given = queue.EnqueueAsync(new byte[Size], impatient.Token);
        await impatient.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(given);

        gate.Open();
        (await first).Sequence.ShouldBe(2);
        (await Task.WhenAll(rest)).Select(static r => r.Sequence).ShouldBe(
            Enumerable.Range(3, Producers).Select(static n => (long)n), "those who had to wait come in the order in which they came");
        shard.PendingBytes.ShouldBe(0);
    }

    [Fact]
    public async Task Lets_no_lease_end_because_a_sync_takes_long()
    {
        using var gate = new SlowDisk(new MemoryDisk());
        var time = new ManualTime();
        var options = new QueueStoreOptions { SegmentSize = 1 << 20, MinFreeBytes = 0, TimeProvider = time };
        await using var store = await QueueStore.OpenAsync(_directory, options, _ => gate);
        var queue = store.Queue("jobs");
        await queue.EnqueueAsync(new byte[1]);
        await using var consumer = await queue.SubscribeAsync();
        var delivery = await consumer.ReceiveAsync();

        gate.Close();
        var stuck = queue.EnqueueAsync(new byte[1]);
        await gate.ReachedAsync();
        time.Advance(TimeSpan.FromMinutes(5));
        gate.Open();
        await stuck;
        (await delivery.AckAsync()).ShouldBe(SettleOutcome.Done);
        (await queue.GetStatisticsAsync())!.DeadLettered.ShouldBe(0);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(60)]
    public async Task Says_within_seconds_that_a_sync_does_not_return(int messages)
    {
        using var gate = new SlowDisk(new MemoryDisk());
        var time = new ManualTime();
        await using var store = await QueueStore.OpenAsync(
            _directory, new QueueStoreOptions { SegmentSize = 16 << 20, MinFreeBytes = 0, TimeProvider = time }, _ => gate);
        var queue = store.Queue("jobs");
        await queue.EnqueueAsync(new byte[1]);
        time.Advance(TimeSpan.FromMinutes(1));
        store.Health.Stuck.ShouldBe(TimeSpan.Zero, "there is nothing to do");

        gate.Close();
        var stuck = Enumerable.Range(0, messages).Select(_ => queue.EnqueueAsync(new byte[100_000])).ToArray();
        await gate.ReachedAsync();
        store.Health.IsHealthy.ShouldBeTrue();
        time.Advance(StoreHealth.SlowAfter);
        store.Health.IsHealthy.ShouldBeFalse();
        time.Advance(StoreHealth.HangsAfter - StoreHealth.SlowAfter);
        store.Health.Stuck.ShouldBeGreaterThanOrEqualTo(StoreHealth.HangsAfter);
        store.Health.Failure.ShouldBeNull();

        gate.Open();
        await Task.WhenAll(stuck);
        await queue.GetStatisticsAsync();
        time.Advance(TimeSpan.FromMinutes(1));
        SpinWait.SpinUntil(() => store.Health.Stuck == TimeSpan.Zero, TimeSpan.FromSeconds(30)).ShouldBeTrue("it gets on again");
        store.Health.IsHealthy.ShouldBeTrue();
    }

    [Fact]
    public void Says_that_turns_change_nothing()
    {
        using var shard = new TestShard();
        var watch = new Shards.ShardWatch();
        for (var at = 0; at < 5000; at += 1000)
        {
            watch.Begin(at);
            shard.Submit("q", TestShard.Message("m"));
            shard.TurnOnce();
            shard.Submit("q", TestShard.Message("m"));
            watch.End(shard.Shard, at);
            watch.StuckFor(at).ShouldBe(0, "each turn does what came before it");
        }

        watch.Begin(5000);
        watch.End(shard.Shard, 5000);
        watch.Begin(8000);
        watch.End(shard.Shard, 8000);
        watch.StuckFor(9000).ShouldBe(5000, "what waits has waited since the last turn that did something");
        shard.Settle();
        watch.End(shard.Shard, 9000);
        watch.StuckFor(9000).ShouldBe(0);
    }
}
