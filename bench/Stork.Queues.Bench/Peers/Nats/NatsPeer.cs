using System.Globalization;
using System.Text;
using Stork.Queues.Bench.Peers.Services;

namespace Stork.Queues.Bench.Peers.Nats;

/// <summary>
/// A JetStream stream on disk, with or without a sync before the acknowledgement (servers before 2.10 can only do without).
/// All messages are in one stream, the inboxes are subjects in it; a push consumer delivers, and every message is
/// acknowledged by itself, which deletes it.
/// </summary>
internal sealed class NatsPeer(bool syncAlways) : IQueuePeer
{
    private const int MaxAckPending = 20_000;
    private const int MaxChecks = 2000;
    private static readonly TimeSpan s_betweenChecks = TimeSpan.FromMilliseconds(5);
    private static readonly string? s_program = Machine.Find("nats-server");
    private static readonly Lazy<bool> s_canSync = new(CanSync);

    private readonly byte[][] _replies = new byte[Slots][];
    private readonly NatsBatch?[] _batches = new NatsBatch?[Slots];
    private readonly TaskCompletionSource _delivered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ServiceProcess? _service;
    private NatsConnection _producer = null!;
    private NatsConnection? _consumer;
    private int _port;
    private int _next;
    private int _toDeliver;

    public string Name => syncAlways ? "NATS JetStream, sync always" : "NATS JetStream, default sync";

    public bool Synced => syncAlways;

    public int Pipeline => 8;

    public string? Missing => s_program is null ? "needs nats-server"
        : syncAlways && !s_canSync.Value ? $"needs a server that takes \"sync_interval: always\" ({Version} does not)"
        : null;

    public string Shape =>
        $"{Version}, file storage, workqueue retention, "
        + $"{(syncAlways ? "sync_interval always" : "default sync (every 2 minutes: an acknowledged message is in the page cache)")}; "
        + $"one producer connection with {Pipeline} batches of PUB outstanding, each message acknowledged; one push consumer (explicit "
        + $"acknowledgement of each message, max_ack_pending {MaxAckPending}). Inboxes: subjects of one stream, and one consumer for all "
        + "of them: a consumer for each of 100,000 is not reasonable";

    public TimeSpan ProcessorTime => Environment.CpuUsage.TotalTime + (_service?.ProcessorTime ?? TimeSpan.Zero);

    /// <summary>More than <see cref="Pipeline"/>, so that a late answer never meets the next batch.</summary>
    private static int Slots => 64;

    private static string? Version => Machine.Run(s_program!, "--version");

    /// <summary>One consumer for all inboxes does not deliver the oldest of an inbox while others wait.</summary>
    public bool Takes(Workload workload) => workload.IsWorkQueue || workload.Backlog == 0;

    public async Task StartAsync(string directory, Workload workload)
    {
        Directory.CreateDirectory(directory);
        _port = Machine.FreePort();
        var settings = Path.Combine(directory, "nats.conf");
        await File.WriteAllTextAsync(settings, Settings(_port, directory, syncAlways));
        _service = ServiceProcess.Start(directory, [s_program!, "-c", settings]);
        await _service.AcceptsAsync(_port);
        _producer = await NatsConnection.ConnectAsync(_port);
        _producer.Subscribe("_INBOX.p.*", Acknowledged);
        for (var i = 0; i < Slots; i++) _replies[i] = Encoding.ASCII.GetBytes("_INBOX.p." + i.ToString("00", CultureInfo.InvariantCulture));
        await _producer.AskAsync(
            "$JS.API.STREAM.CREATE.Q",
            """
            {"name":"Q","subjects":["q.>"],"retention":"workqueue","storage":"file","num_replicas":1,
            "max_msgs":-1,"max_bytes":-1,"max_consumers":-1}
            """);
    }

    public async Task EnqueueAsync(ReadOnlyMemory<int> inboxes, ReadOnlyMemory<byte> body)
    {
        var slot = _next++ % Slots;
        var batch = new NatsBatch(inboxes.Length);
        _batches[slot] = batch;
        PublishAll(inboxes.Span, body.Span, _replies[slot]);
        await _producer.FlushAsync();
        var first = await Task.WhenAny(batch.Stored, _producer.Reading);
        await first;
    }

    public async Task PrepareCyclesAsync(Workload workload)
    {
        _consumer = await NatsConnection.ConnectAsync(_port);
        _consumer.Subscribe("d", Delivered);
        _consumer.Drained = () => _ = _consumer.FlushAsync();
        _toDeliver = workload.Messages;
        await _consumer.FlushAsync();
        await _producer.AskAsync(
            "$JS.API.CONSUMER.DURABLE.CREATE.Q.c",
            $$$"""
            {"stream_name":"Q","config":{"durable_name":"c","deliver_subject":"d","deliver_policy":"all",
            "ack_policy":"explicit","ack_wait":60000000000,
            "max_ack_pending":{{{MaxAckPending}}}}}
            """);
    }

    public async Task CycleAsync(Workload workload)
    {
        await Producer.RunAsync(this, workload);
        await await Task.WhenAny(_delivered.Task, _consumer!.Reading);
        // Acknowledgements are not answered: the stream says when the last of them did its work.
        for (var check = 0; await CountAsync() > workload.Backlog; check++)
        {
            if (check == MaxChecks) throw new BenchmarkException("NATS does not settle all that was acknowledged");
            await Task.Delay(s_betweenChecks, TimeProvider.System);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _consumer?.Dispose();
        _producer?.Dispose();
        if (_service is not null) await _service.DisposeAsync();
    }

    private static string Settings(int port, string directory, bool always) => $$"""
        host: 127.0.0.1
        port: {{port}}
        jetstream {
          store_dir: "{{directory}}"
          max_file_store: 20G
          {{(always ? "sync_interval: always" : "")}}
        }
        """;

    /// <summary>Whether the server takes the setting; it checks a configuration without starting.</summary>
    private static bool CanSync()
    {
        var file = Path.GetTempFileName();
        File.WriteAllText(file, Settings(1, Path.GetTempPath(), always: true));
        var answer = Machine.Run(s_program!, "-t", "-c", file);
        File.Delete(file);
        return answer is not null;
    }

    private void PublishAll(ReadOnlySpan<int> inboxes, ReadOnlySpan<byte> body, ReadOnlySpan<byte> reply)
    {
        Span<byte> subject = stackalloc byte[16];
        "q."u8.CopyTo(subject);
        foreach (var inbox in inboxes)
        {
            inbox.TryFormat(subject[2..], out var digits, provider: CultureInfo.InvariantCulture);
            _producer.Publish(subject[..(2 + digits)], reply, body);
        }
    }

    private void Acknowledged(ReadOnlySpan<byte> subject, ReadOnlySpan<byte> reply, ReadOnlySpan<byte> payload)
    {
        if (payload.IndexOf("\"seq\""u8) < 0 || payload.IndexOf("\"error\""u8) >= 0)
            throw new BenchmarkException("NATS: " + Encoding.UTF8.GetString(payload));
        _batches[((subject[^2] - '0') * 10) + subject[^1] - '0']!.CountOne();
    }

    private void Delivered(ReadOnlySpan<byte> subject, ReadOnlySpan<byte> reply, ReadOnlySpan<byte> payload)
    {
        if (!payload.SequenceEqual(Workload.Body.Span)) throw new BenchmarkException("NATS delivered another body");
        if (_toDeliver == 0) return;
        _consumer!.Publish(reply, default, "+ACK"u8);
        if (--_toDeliver == 0) _delivered.SetResult();
    }

    private async Task<long> CountAsync()
    {
        var info = await _producer.AskAsync("$JS.API.STREAM.INFO.Q", "");
        return info.GetProperty("state").GetProperty("messages").GetInt64();
    }
}
