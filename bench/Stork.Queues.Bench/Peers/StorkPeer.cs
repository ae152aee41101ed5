namespace Stork.Queues.Bench.Peers;

/// <summary>The store of this repository, used as an application would.</summary>
internal sealed class StorkPeer : IQueuePeer
{
    private const int WorkInFlight = 2000;

    private static readonly QueueOptions Inbox = QueueOptions.Inbox with { MaxMessages = int.MaxValue, MaxBytes = long.MaxValue };
    private static readonly QueueOptions Work = QueueOptions.Work with { MaxMessages = int.MaxValue, MaxBytes = long.MaxValue };

    private QueueStore _store = null!;
    private MessageQueue[] _queues = [];
    private QueueConsumer[] _consumers = [];
    private TaskCompletionSource _settled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _toSettle;

    public string Name => "Stork.Queues";

    public bool Synced => true;

    public int Pipeline => 5;

    public string Shape =>
        $"in process, default durability (one write and one fdatasync for what is waiting); {Pipeline} batches outstanding; consumers take deliveries and settle "
        + "each by itself, a settlement is in the next write. Inboxes: a queue and a consumer each";

    public static QueueStoreOptions Options { get; } = new() { MinFreeBytes = 0, Configure = Unlimited };

    public QueueStore Store => _store;

    public async Task StartAsync(string directory, Workload workload)
    {
        _store = await QueueStore.OpenAsync(directory, Options);
        _queues = workload.IsWorkQueue
            ? [_store.Queue("work")]
            : [.. Enumerable.Range(0, workload.Inboxes).Select(i => _store.Inbox("user:" + i))];
    }

    public Task EnqueueAsync(ReadOnlyMemory<int> inboxes, ReadOnlyMemory<byte> body)
    {
        var batch = _store.CreateBatch();
        foreach (var inbox in inboxes.Span) batch.Enqueue(_queues[inbox], new Message(body));
        return batch.CommitAsync();
    }

    /// <summary>Where there is a backlog, a consumer takes one message at a time: the others keep waiting.</summary>
    public async Task PrepareCyclesAsync(Workload workload)
    {
        var inFlight = workload.IsWorkQueue ? WorkInFlight : workload.Backlog > 0 ? 1 : 32;
        var options = new ConsumerOptions { MaxInFlight = inFlight, Remote = true };
        _consumers = await Task.WhenAll(_queues.Select(queue => queue.SubscribeAsync(options)));
    }

    public async Task CycleAsync(Workload workload)
    {
        _settled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _toSettle = workload.Messages;
        if (workload.Backlog == 0)
            foreach (var consumer in _consumers) _ = ConsumeAsync(consumer);
        await Producer.RunAsync(this, workload, workload.Backlog == 0 ? null : AckBatch);
        if (workload.Backlog == 0) await _settled.Task;
    }

    public async ValueTask DisposeAsync() => await _store.DisposeAsync();

    private static QueueOptions? Unlimited(QueueKind kind, string name) => kind switch
    {
        QueueKind.Inbox => Inbox,
        QueueKind.Work => Work,
        _ => null,
    };

    private async Task ConsumeAsync(QueueConsumer consumer)
    {
        while (true)
        {
            (await consumer.ReceiveAsync()).Ack();
            var settled = 1;
            while (consumer.TryReceive(out var next))
            {
                next.Ack();
                settled++;
            }

            if (Interlocked.Add(ref _toSettle, -settled) <= 0) _settled.TrySetResult();
        }
    }

    /// <summary>With every message that comes in, the one that its inbox holds out goes.</summary>
    private void AckBatch(ReadOnlyMemory<int> inboxes)
    {
        foreach (var inbox in inboxes.Span)
            if (_consumers[inbox].TryReceive(out var delivery)) delivery.Ack();
    }
}
