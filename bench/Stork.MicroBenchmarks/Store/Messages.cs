using BenchmarkDotNet.Attributes;
using Stork.Queues;

namespace Stork.MicroBenchmarks.Store;

/// <summary>Messages through a store without a disk: what its own work costs.</summary>
[MemoryDiagnoser]
public class Messages
{
    private const int Batch = 256;

    private readonly Message[] _messages = [.. Enumerable.Repeat(new Message(new byte[200]), Batch)];
    private QueueStore _store = null!;
    private MessageQueue _waiting = null!;
    private MessageQueue _consumed = null!;
    private QueueSubscription _subscription = null!;
    private TaskCompletionSource _settled = new();
    private int _left;

    [GlobalSetup]
    public async Task SetupAsync()
    {
        _store = await QueueStore.OpenAsync("memory", new QueueStoreOptions { Durability = Durability.Memory });
        _waiting = _store.Queue("waiting");
        _consumed = _store.Queue("consumed");
        _subscription = await _consumed.SubscribeAsync(new SubscriptionOptions { MaxInFlight = 2 * Batch }, Settle);
    }

    /// <summary>Stored, and taken away again by the queue's purge so that nothing grows.</summary>
    [Benchmark(OperationsPerInvoke = Batch)]
    public async Task Enqueue()
    {
        await _waiting.EnqueueAsync(_messages);
        await _waiting.PurgeAsync();
    }

    [Benchmark(OperationsPerInvoke = Batch)]
    public async Task EnqueueDeliverAndAcknowledge()
    {
        _left = Batch;
        _settled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await _consumed.EnqueueAsync(_messages);
        await _settled.Task;
    }

    [GlobalCleanup]
    public async Task CleanupAsync()
    {
        await _subscription.DisposeAsync();
        await _store.DisposeAsync();
    }

    private void Settle(Delivery delivery)
    {
        delivery.Ack();
        if (--_left == 0) _settled.SetResult();
    }
}
