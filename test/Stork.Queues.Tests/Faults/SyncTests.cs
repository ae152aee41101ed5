using Stork.Shared.Disk;

namespace Stork.Queues.Tests.Faults;

/// <summary>Turns that go on while the log is synced, with the real threads.</summary>
public sealed class SyncTests : IDisposable
{
    /// <summary>More than fits one frame, so that something waits when its sync begins.</summary>
    private const int Messages = 200;

    private const int Size = 8 * 1024;

    private readonly string _directory = Path.Combine(Path.GetTempPath(), "stork-syncs-" + Guid.NewGuid().ToString("N"));
    private readonly SlowDisk _gate = new(new MemoryDisk());
    private readonly ManualTime _time = new();

    public void Dispose()
    {
        _gate.Dispose();
        if (Directory.Exists(_directory)) Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task Tells_nobody_before_the_sync_that_counts()
    {
        await using var store = await OpenAsync();
        var stored = await StoreMuchAsync(store);
        stored.ShouldAllBe(static s => !s.IsCompleted, "all is written, and nothing of it is synced");

        _gate.LetOnePass();
        await stored[0];
        await _gate.ReachedAsync();
        stored[^1].IsCompleted.ShouldBeFalse("what was written during a sync needs the next one");

        _gate.Open();
        (await Task.WhenAll(stored)).Select(static r => r.Sequence).ShouldBe(Enumerable.Range(2, Messages).Select(static n => (long)n));
    }

    [Fact]
    public async Task Ends_in_order_while_a_sync_runs()
    {
        var store = await OpenAsync();
        var stored = await StoreMuchAsync(store);
        var closing = Task.Run(async () => await store.DisposeAsync());
        _gate.Open();
        await closing.WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System);
        (await Task.WhenAll(stored)).Length.ShouldBe(Messages);
    }

    [Fact]
    public async Task Fails_all_that_waits_when_a_sync_fails()
    {
        await using var store = await OpenAsync();
        var stored = await StoreMuchAsync(store);
        _gate.LetOnePass(fails: true);
        foreach (var message in stored) (await Should.ThrowAsync<QueueException>(message)).Code.ShouldBe(QueueErrorCode.StoreFailed);
        store.Health.IsHealthy.ShouldBeFalse();
        (await Should.ThrowAsync<QueueException>(store.Queue("jobs").EnqueueAsync(new byte[1]))).Code.ShouldBe(QueueErrorCode.StoreFailed);
    }

    [Fact]
    public async Task Lets_no_lease_end_meanwhile()
    {
        await using var store = await OpenAsync();
        var queue = store.Queue("held");
        await queue.EnqueueAsync(new byte[1]);
        await using var consumer = await queue.SubscribeAsync();
        var delivery = await consumer.ReceiveAsync();
        var stored = await StoreMuchAsync(store);
        _time.Advance(TimeSpan.FromMinutes(5));
        _gate.Open();
        await Task.WhenAll(stored);
        (await delivery.AckAsync()).ShouldBe(SettleOutcome.Done);
    }

    private Task<QueueStore> OpenAsync() =>
        QueueStore.OpenAsync(
            _directory, new QueueStoreOptions { SegmentSize = 16 << 20, MinFreeBytes = 0, TimeProvider = _time }, _ => _gate);

    /// <summary>Returns when all is written and the first sync for it is under way.</summary>
    private async Task<Task<EnqueueReceipt>[]> StoreMuchAsync(QueueStore store)
    {
        var queue = store.Queue("jobs");
        _gate.Close();
        var first = queue.EnqueueAsync(new byte[1]);
        await _gate.ReachedAsync();
        var stored = Enumerable.Range(0, Messages).Select(_ => queue.EnqueueAsync(new byte[Size])).ToArray();
        _gate.LetOnePass();
        await first;
        await _gate.ReachedAsync();
        var shard = store.Shards.Single();
        for (var looks = 0; shard.Waiting > 0; looks++)
        {
            looks.ShouldBeLessThan(10_000, "turns go on while a sync is under way");
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System);
        }

        return stored;
    }
}
