namespace Stork.Queues.Tests;

/// <summary>Tokens end waits: nothing that the store has begun is called back.</summary>
public sealed class CancellationTests : IDisposable
{
    private readonly ManualResetEventSlim _mayGoOn = new();
    private readonly CancellationTokenSource _cancelled = new();

    public void Dispose()
    {
        _mayGoOn.Set();
        _cancelled.Dispose();
        _mayGoOn.Dispose();
    }

    [Fact]
    public async Task A_cancelled_wait_ends_while_the_store_is_busy_and_what_was_asked_for_is_done_all_the_same()
    {
        await using var store = await OpenAsync();
        await using var subscription = await KeepBusyAsync(store);
        var queue = store.Queue("jobs");
        var (pausing, browsing) = (queue.PauseAsync(_cancelled.Token), queue.BrowseAsync(cancellationToken: _cancelled.Token));
        await _cancelled.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(pausing);
        await Should.ThrowAsync<OperationCanceledException>(browsing);
        _mayGoOn.Set();
        (await queue.GetStatisticsAsync())!.Paused.ShouldBeTrue();
    }

    [Fact]
    public async Task A_settlement_counts_although_nobody_waits_for_it_any_more()
    {
        await using var store = await OpenAsync();
        var queue = store.Queue("jobs");
        await queue.EnqueueAsync(new byte[1]);
        await using var consumer = await queue.SubscribeAsync();
        var delivery = await consumer.ReceiveAsync();
        await using var subscription = await KeepBusyAsync(store);
        var acknowledging = delivery.AckAsync(_cancelled.Token);
        await _cancelled.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(acknowledging);
        _mayGoOn.Set();
        (await delivery.AckAsync()).ShouldBe(SettleOutcome.AlreadySettled);
    }

    [Fact]
    public async Task What_is_cancelled_before_it_begins_is_not_done_unless_it_settles_a_message()
    {
        await using var store = await OpenAsync();
        var queue = store.Queue("jobs");
        await queue.EnqueueAsync(new byte[1]);
        await using var consumer = await queue.SubscribeAsync();
        var delivery = await consumer.ReceiveAsync();
        await _cancelled.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => queue.PauseAsync(_cancelled.Token));
        await Should.ThrowAsync<OperationCanceledException>(() => queue.SubscribeAsync(null, _cancelled.Token));
        await ((Task)delivery.AckAsync(_cancelled.Token)).ConfigureAwait(
            ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        var statistics = (await queue.GetStatisticsAsync())!;
        (statistics.Paused, statistics.Consumers, statistics.InFlight).ShouldBe((false, 1, 0));
    }

    [Fact]
    public async Task A_subscription_that_nobody_wants_any_more_gives_back_what_it_got()
    {
        await using var store = await OpenAsync();
        await using var subscription = await KeepBusyAsync(store);
        var queue = store.Queue("jobs");
        var enqueuing = queue.EnqueueAsync(new byte[1]);
        var subscribing = queue.SubscribeAsync(null, _cancelled.Token);
        await _cancelled.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(subscribing);
        _mayGoOn.Set();
        await enqueuing;
        // As long as anybody had the message, this one would wait for the end of its lease.
        await using var other = await queue.SubscribeAsync();
        (await other.ReceiveAsync()).FailureCount.ShouldBe(0);
        (await queue.GetStatisticsAsync())!.Consumers.ShouldBe(1);
    }

    private static Task<QueueStore> OpenAsync() => QueueStore.OpenAsync("", new QueueStoreOptions { Durability = Durability.Memory });

    /// <summary>The store's thread stands still in a callback until the test lets it go on.</summary>
    private async Task<QueueSubscription> KeepBusyAsync(QueueStore store)
    {
        var isBusy = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var subscription = await store.Queue("busy").SubscribeAsync(null, _ =>
        {
            isBusy.TrySetResult();
            _mayGoOn.Wait();
        });
        _ = store.Queue("busy").EnqueueAsync(new byte[1]);
        await isBusy.Task;
        return subscription;
    }
}
