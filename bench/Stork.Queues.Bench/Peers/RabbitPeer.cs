using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using Stork.Queues.Bench.Peers.Services;

namespace Stork.Queues.Bench.Peers;

/// <summary>
/// A quorum queue of one RabbitMQ node: it syncs its log before it confirms.
/// Producers are channels with publisher confirms, each with one batch outstanding;
/// the consumer acknowledges many deliveries at once.
/// </summary>
internal sealed class RabbitPeer : IQueuePeer
{
    private const string Queue = "work";
    private const ushort Prefetch = 2000;
    private const int AckEvery = 64;

    private readonly Stack<RabbitLane> _idle = new();
    private readonly Lock _gate = new();
    private readonly TaskCompletionSource _settled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private RabbitServer? _server;
    private IConnection? _producing;
    private IConnection? _consuming;
    private IChannel? _consumer;
    private ConnectionFactory _factory = null!;
    private int _toSettle;
    private int _unsettled;
    private int _ackEvery;
    private SettlementClock.Consumer? _clock;

    public string Name => "RabbitMQ quorum queue";

    public bool Synced => true;

    public int Pipeline => 4;

    public string? Missing => RabbitServer.Missing;

    public string Shape =>
        $"{RabbitServer.Shape}; RabbitMQ.Client 7.1.2, {Pipeline} producer channels on one connection with a batch of persistent "
        + $"messages outstanding in each, publisher confirms; a consumer on a connection of its own, prefetch {Prefetch}, "
        + $"an acknowledgement for {AckEvery} deliveries. "
        + "100,000 inboxes would be as many Raft groups: not reasonable, not measured";

    public TimeSpan ProcessorTime => Environment.CpuUsage.TotalTime + (_server?.ProcessorTime ?? TimeSpan.Zero);

    public bool Takes(Workload workload) => workload.IsWorkQueue;

    public async Task StartAsync(string directory, Workload workload)
    {
        _server = await RabbitServer.StartAsync(directory);
        _factory = new ConnectionFactory { HostName = "127.0.0.1", Port = _server.Port, AutomaticRecoveryEnabled = false };
        _producing = await _factory.CreateConnectionAsync();
        for (var lane = 0; lane < Pipeline; lane++) _idle.Push(await RabbitLane.OpenAsync(_producing, Queue));
    }

    public async Task EnqueueAsync(ReadOnlyMemory<int> inboxes, ReadOnlyMemory<byte> body)
    {
        RabbitLane lane;
        lock (_gate) lane = _idle.Pop();
        await lane.PublishAsync(inboxes.Length, body);
        lock (_gate) _idle.Push(lane);
    }

    public async Task PrepareCyclesAsync(Workload workload)
    {
        _toSettle = workload.Messages;
        _clock = workload.Clock?.NewConsumer();
        // What comes one by one is settled one by one.
        _ackEvery = workload.Rate > 0 ? 1 : AckEvery;
        _consuming = await _factory.CreateConnectionAsync();
        _consumer = await _consuming.CreateChannelAsync();
        await _consumer.BasicQosAsync(0, Prefetch, global: false);
    }

    public async Task CycleAsync(Workload workload)
    {
        var channel = _consumer!;
        var consumer = new AsyncEventingBasicConsumer(channel);
        consumer.ReceivedAsync += DeliveredAsync;
        await channel.BasicConsumeAsync(Queue, autoAck: false, consumer);
        await Producer.RunAsync(this, workload);
        await _settled.Task;
        // Acknowledgements are not answered; what comes after them on the channel is, when they are through.
        await channel.QueueDeclarePassiveAsync(Queue);
    }

    public async ValueTask DisposeAsync()
    {
        if (_consuming is not null) await _consuming.DisposeAsync();
        if (_producing is not null) await _producing.DisposeAsync();
        if (_server is not null) await _server.DisposeAsync();
    }

    private async Task DeliveredAsync(object sender, BasicDeliverEventArgs delivery)
    {
        if (_toSettle == 0) return;
        if (!Workload.IsBody(delivery.Body.Span)) _settled.TrySetException(new BenchmarkException("RabbitMQ delivered another body"));
        _clock?.Delivered(delivery.Body.Span);
        _toSettle--;
        if (++_unsettled < _ackEvery && _toSettle > 0) return;
        _unsettled = 0;
        await _consumer!.BasicAckAsync(delivery.DeliveryTag, multiple: true);
        _clock?.Settled();
        if (_toSettle == 0) _settled.TrySetResult();
    }
}
