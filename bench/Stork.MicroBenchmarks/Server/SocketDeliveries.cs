using BenchmarkDotNet.Attributes;
using Stork.Durable.Consumers;
using Stork.Queues;
using Stork.Wire;

namespace Stork.MicroBenchmarks.Server;

/// <summary>
/// Deliveries of an inbox from where the store has handed them over: to written frames, and from the client's acknowledgements back to the
/// store. The store's own part, on its own thread, is in <see cref="Store.ShardTurns"/>.
/// </summary>
[MemoryDiagnoser]
public class SocketDeliveries
{
    private const int Batch = 8;
    private const string User = "anna";

    /// <summary>The store uses its commands again: it has to have come so far with those before.</summary>
    private const int MaxPendingBytes = 32 * 1024;

    private static readonly string s_text = new('a', 200);

    private readonly List<Delivery> _deliveries = [];
    private InMemoryApp _app = null!;
    private InMemoryConnection _client = null!;
    private SocketConsumer _consumer = null!;
    private byte[] _acknowledgements = [];

    [GlobalSetup]
    public async Task SetupAsync()
    {
        _app = await InMemoryApp.StartAsync(static options =>
        {
            options.DataDirectory = "memory";
            options.Store = options.Store with { Durability = Durability.Memory };
        });
        await ReceiveOnceAsync(_app.IO.Inbox("another"));
        SocketConsumers? consumers = null;
        _app.IO.OnConnection(async socket =>
        {
            consumers = socket.Feature<SocketConsumers>();
            await socket.SubscribeInboxAsync(User);
        });
        _client = _app.Connect();
        _consumer = consumers!.FindConsumer(QueueKind.Inbox, User) ?? throw new InvalidOperationException("The socket has no inbox.");
    }

    /// <summary>What a consumer gets in one turn of the store. As another one has had the messages, the store does nothing for the
    /// acknowledgements but count them.</summary>
    [Benchmark(OperationsPerInvoke = Batch), AllocationFree]
    public int DeliverAndAcknowledge()
    {
        var written = _client.Writes;
        IDeliveryReceiver receiver = _consumer;
        foreach (var delivery in _deliveries) receiver.Deliver(delivery);
        var batch = OutputBatch.Enter();
        _consumer.SendArrived();
        batch.Exit();
        _consumer.OnFlushed();
        if (_client.Writes != written + 1) throw new InvalidOperationException("They did not leave with one write.");
        _client.Send(_acknowledgements);
        while (_deliveries[0].Shard.PendingBytes > MaxPendingBytes) Thread.Sleep(0);
        return _client.Writes;
    }

    [GlobalCleanup]
    public async Task CleanupAsync() => await _app.DisposeAsync();

    /// <summary>Gets messages as a consumer does, to hand them over as often as it is measured.</summary>
    private async Task ReceiveOnceAsync(Inbox inbox)
    {
        for (var number = 0; number < Batch; number++) await inbox.EmitAsync("news", number, s_text);
        await using var subscription = await inbox.Queue.SubscribeAsync(
            new SubscriptionOptions { MaxInFlight = Batch, Owner = "another", Remote = true });
        while (_deliveries.Count < Batch) _deliveries.Add(await subscription.ReceiveAsync());
        _acknowledgements = [.. _deliveries.SelectMany(static delivery => ClientFrame.Text($"43{delivery.AckId}[]"))];
    }
}
