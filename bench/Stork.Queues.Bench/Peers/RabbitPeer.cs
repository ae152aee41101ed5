using System.Globalization;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using Stork.Queues.Bench.Peers.Services;

namespace Stork.Queues.Bench.Peers;

/// <summary>
/// A quorum queue of one RabbitMQ node: it syncs its log before it confirms. Producers are channels with publisher confirms, each with one batch outstanding;
/// the consumer acknowledges many deliveries at once.
/// </summary>
internal sealed class RabbitPeer : IQueuePeer
{
    private const string Queue = "work";
    private const ushort Prefetch = 2000;
    private const int AckEvery = 64;

    private static readonly string? s_program = Machine.Find("/usr/lib/rabbitmq/bin/rabbitmq-server", "rabbitmq-server");
    private static readonly string? s_names = Machine.Find("epmd");

    private readonly Stack<RabbitLane> _idle = new();
    private readonly Lock _gate = new();
    private readonly TaskCompletionSource _settled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ServiceProcess? _nameService;
    private ServiceProcess? _service;
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

    public string? Missing => s_program is null ? "needs rabbitmq-server" : s_names is null ? "needs epmd (erlang-base)" : null;

    public string Shape =>
        $"RabbitMQ {Version}, one node, quorum queue, default settings; RabbitMQ.Client 7.1.2, {Pipeline} producer channels on one connection with a batch of persistent "
        + $"messages outstanding in each, publisher confirms; a consumer on a connection of its own, prefetch {Prefetch}, an acknowledgement for {AckEvery} deliveries. "
        + "100,000 inboxes would be as many Raft groups: not reasonable, not measured";

    public TimeSpan ProcessorTime => Environment.CpuUsage.TotalTime + (_service?.ProcessorTime ?? TimeSpan.Zero);

    /// <summary>What the server says of itself, once it has run.</summary>
    private static string Version { get; set; } = "";

    public bool Takes(Workload workload) => workload.IsWorkQueue;

    public async Task StartAsync(string directory, Workload workload)
    {
        Directory.CreateDirectory(directory);
        var (port, between, names) = (Machine.FreePort(), Machine.FreePort(), Machine.FreePort());
        var settings = Path.Combine(directory, "rabbitmq.conf");
        await File.WriteAllTextAsync(settings, $"listeners.tcp.1 = 127.0.0.1:{port}\nlog.console = true\nlog.console.level = warning\nlog.file = false\n");
        var namesPort = names.ToString(CultureInfo.InvariantCulture);
        // Erlang nodes find each other through a name service that otherwise stays behind, on a port of everybody.
        _nameService = ServiceProcess.Start(directory, [s_names!, "-port", namesPort, "-address", "127.0.0.1"]);
        await _nameService.AcceptsAsync(names);
        _service = ServiceProcess.Start(
            directory,
            [s_program!],
            EndSignal.Quit,
            ("HOME", directory),
            // The start script then becomes the server instead of watching it.
            ("RUNNING_UNDER_SYSTEMD", "true"),
            ("RABBITMQ_NODENAME", "bench@localhost"),
            ("RABBITMQ_MNESIA_BASE", Path.Combine(directory, "data")),
            ("RABBITMQ_LOG_BASE", directory),
            ("RABBITMQ_CONFIG_FILE", settings),
            ("RABBITMQ_CONF_ENV_FILE", "/dev/null"),
            ("RABBITMQ_ENABLED_PLUGINS_FILE", Path.Combine(directory, "plugins")),
            ("RABBITMQ_DIST_PORT", between.ToString(CultureInfo.InvariantCulture)),
            ("ERL_EPMD_PORT", namesPort),
            ("ERL_EPMD_ADDRESS", "127.0.0.1"),
            ("RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS", "-start_epmd false -kernel inet_dist_use_interface {127,0,0,1}"));
        await _service.AcceptsAsync(port);
        _factory = new ConnectionFactory { HostName = "127.0.0.1", Port = port, AutomaticRecoveryEnabled = false };
        _producing = await _factory.CreateConnectionAsync();
        Version = _producing.ServerProperties?["version"] is byte[] version ? System.Text.Encoding.ASCII.GetString(version) : "";
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
        if (_service is not null) await _service.DisposeAsync();
        if (_nameService is not null) await _nameService.DisposeAsync();
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
