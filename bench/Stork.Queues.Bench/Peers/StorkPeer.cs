using System.Threading.Channels;

namespace Stork.Queues.Bench.Peers;

/// <summary>The store of this repository, used as an application would.</summary>
internal sealed class StorkPeer(QueueStoreOptions? storeOptions = null) : IQueuePeer
{
    private const int WorkInFlight = 2000;
    private const int InboxInFlight = 32;

    private static readonly QueueOptions Inbox = QueueOptions.Inbox with { MaxMessages = int.MaxValue, MaxBytes = long.MaxValue };
    private static readonly QueueOptions Work = QueueOptions.Work with { MaxMessages = int.MaxValue, MaxBytes = long.MaxValue };

    private QueueStore _store = null!;
    private MessageQueue[] _queues = [];
    private Channel<Delivery> _delivered = null!;
    private bool _backlogged;

    public string Name => "Stork.Queues";

    public bool Synced => true;

    public int Pipeline => 5;

    public string Shape =>
        $"in process, default durability (one write and one fdatasync for what is waiting); {Pipeline} batches outstanding; one reader "
        + "takes what is delivered and settles each message by itself, a settlement is in the next write. "
        + "Inboxes: a queue and a subscription each, which push into one line";

    public static QueueStoreOptions Options { get; } = new() { MinFreeBytes = 0, Configure = Unlimited };

    public QueueStore Store => _store;

    public async Task StartAsync(string directory, Workload workload)
    {
        _store = await QueueStore.OpenAsync(directory, storeOptions ?? Options);
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

    /// <summary>
    /// All inboxes push into one line, as a server's would into its sockets. Where there is a backlog,
    /// a consumer takes one message at a time: the others keep waiting.
    /// </summary>
    public async Task PrepareCyclesAsync(Workload workload)
    {
        var inFlight = workload.IsWorkQueue ? WorkInFlight : workload.Backlog > 0 ? 1 : InboxInFlight;
        var options = new SubscriptionOptions { MaxInFlight = inFlight, Remote = true };
        _delivered = Channel.CreateUnbounded<Delivery>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });
        await Task.WhenAll(_queues.Select(queue => queue.SubscribeAsync(options, Take)));
        _backlogged = workload.Backlog > 0;

        void Take(Delivery delivery) => _delivered.Writer.TryWrite(delivery);
    }

    public async Task CycleAsync(Workload workload)
    {
        var settling = _backlogged ? Task.CompletedTask : Task.Run(() => SettleAsync(workload.Messages));
        await Producer.RunAsync(this, workload, _backlogged ? SettleBatch : null);
        await settling;
    }

    public async ValueTask DisposeAsync() => await _store.DisposeAsync();

    private static QueueOptions? Unlimited(QueueKind kind, string name) => kind switch
    {
        QueueKind.Inbox => Inbox,
        QueueKind.Work => Work,
        _ => null,
    };

    private async Task SettleAsync(int count)
    {
        var reader = _delivered.Reader;
        while (count > 0 && await reader.WaitToReadAsync())
        {
            for (; reader.TryRead(out var delivery); count--) Settle(delivery);
        }
    }

    private static void Settle(Delivery delivery)
    {
        if (!delivery.Body.Span.SequenceEqual(Workload.Body.Span)) throw new BenchmarkException("Stork delivered another body");
        delivery.Ack();
    }

    /// <summary>With every batch that comes in, as many go of those that the inboxes hold out.</summary>
    private void SettleBatch(ReadOnlyMemory<int> inboxes)
    {
        for (var i = 0; i < inboxes.Length && _delivered.Reader.TryRead(out var delivery); i++) Settle(delivery);
    }
}
