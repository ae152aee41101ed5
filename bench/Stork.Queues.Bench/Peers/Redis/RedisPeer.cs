using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Threading.Channels;
using Stork.Queues.Bench.Peers.Services;

namespace Stork.Queues.Bench.Peers.Redis;

/// <summary>
/// Redis Streams with <c>appendfsync always</c>. Redis syncs once for all commands it finds in its sockets,
/// so that it is at its best with many connections, each with a full pipeline.
/// The work queue is a stream with a consumer group, settled messages are deleted;
/// an inbox is a stream with a single reader.
/// </summary>
internal sealed class RedisPeer : IQueuePeer
{
    private const int Consumers = 2;
    private const int BlockMilliseconds = 100;

    private readonly ConcurrentStack<RespConnection> _idle = new();
    private readonly List<RespConnection> _consumers = [];
    private RedisServer? _server;
    private int _settled;

    public string Name => "Redis Streams";

    public bool Synced => true;

    public int Pipeline => 8;

    public string? Missing => RedisServer.Missing;

    public string Shape =>
        $"{RedisServer.Shape}; {Pipeline} producer connections with a "
        + $"batch of XADD in one pipeline each. Work queue: a consumer group, {Consumers} connections with XREADGROUP, "
        + "then XACK and XDEL of all it brought in a pipeline "
        + "with the next read. Inboxes: a stream each; one XREAD for all inboxes of a batch, "
        + "the reader being told in process which they are, then XDEL of each";

    public TimeSpan ProcessorTime => Environment.CpuUsage.TotalTime + (_server?.ProcessorTime ?? TimeSpan.Zero);

    public async Task StartAsync(string directory, Workload workload)
    {
        _server = await RedisServer.StartAsync(directory);
        for (var lane = 0; lane < Pipeline; lane++) _idle.Push(await RespConnection.ConnectAsync(_server.Port));
    }

    public async Task EnqueueAsync(ReadOnlyMemory<int> inboxes, ReadOnlyMemory<byte> body)
    {
        if (!_idle.TryPop(out var connection)) throw new BenchmarkException("more batches are under way than agreed");
        foreach (var inbox in inboxes.Span)
        {
            connection.Command(5);
            connection.Part("XADD"u8);
            Key(connection, inbox);
            connection.Part("*"u8);
            connection.Part("b"u8);
            connection.Part(body.Span);
        }

        await connection.FlushAsync();
        await connection.ReadAsync(inboxes.Length);
        _idle.Push(connection);
    }

    public async Task PrepareCyclesAsync(Workload workload)
    {
        for (var i = 0; i < Consumers; i++) _consumers.Add(await RespConnection.ConnectAsync(_server!.Port));
        if (workload.IsWorkQueue) await _consumers[0].RunAsync("XGROUP CREATE inbox:0 g 0 MKSTREAM");
    }

    public async Task CycleAsync(Workload workload)
    {
        _settled = 0;
        var stored = _consumers.ConvertAll(static _ => Channel.CreateUnbounded<ReadOnlyMemory<int>>());
        var consuming = _consumers.Select((connection, i) => Task.Run(() => workload.IsWorkQueue
            ? WorkAsync(connection, i, workload)
            : ReadInboxesAsync(connection, stored[i].Reader, workload.Clock?.NewConsumer()))).ToArray();
        await Producer.RunAsync(this, workload, Divide);
        stored.ForEach(static channel => channel.Writer.Complete());
        await Task.WhenAll(consuming);
        if (_settled != workload.Messages) throw new BenchmarkException($"{_settled} messages were settled, not {workload.Messages}");

        // An inbox has one reader, or two would find the same oldest message.
        void Divide(ReadOnlyMemory<int> inboxes)
        {
            for (var i = 0; i < stored.Count; i++)
            {
                var own = inboxes.ToArray().Where(inbox => inbox % stored.Count == i).ToArray();
                if (own.Length > 0) stored[i].Writer.TryWrite(own);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var connection in _idle.Concat(_consumers)) connection.Dispose();
        if (_server is not null) await _server.DisposeAsync();
    }

    private static void Key(RespConnection connection, int inbox)
    {
        Span<byte> key = stackalloc byte[20];
        Encoding.ASCII.TryGetBytes("inbox:", key, out var prefix);
        inbox.TryFormat(key[prefix..], out var digits, provider: CultureInfo.InvariantCulture);
        connection.Part(key[..(prefix + digits)]);
    }

    /// <summary>Reads a batch for the group and settles it in the pipeline of the next read, until all are settled.</summary>
    private async Task WorkAsync(RespConnection connection, int number, Workload workload)
    {
        var ids = new List<byte[]>();
        var clock = workload.Clock?.NewConsumer();
        while (true)
        {
            if (ids.Count > 0)
            {
                Settle(connection, ids, "XACK"u8, "g"u8);
                Settle(connection, ids, "XDEL"u8, default);
            }

            var finished = Volatile.Read(ref _settled) + ids.Count >= workload.Messages;
            if (!finished)
                connection.Line($"XREADGROUP GROUP g c{number} COUNT {workload.Batch} BLOCK {BlockMilliseconds} STREAMS inbox:0 >");
            await connection.FlushAsync();
            if (ids.Count > 0)
            {
                var acknowledged = new RespReader((await connection.ReadAsync(2)).Span).Integer();
                if (acknowledged != ids.Count) throw new BenchmarkException("Redis did not take an acknowledgement");
                clock?.Settled();
                Interlocked.Add(ref _settled, ids.Count);
            }

            if (finished) return;
            ids.Clear();
            Take((await connection.ReadAsync(1)).Span, ids, null, clock);
        }
    }

    /// <summary>Reads the oldest message of each inbox that got one, and settles it in the pipeline of the next read.</summary>
    private async Task ReadInboxesAsync(
        RespConnection connection, ChannelReader<ReadOnlyMemory<int>> stored, SettlementClock.Consumer? clock)
    {
        var (ids, keys) = (new List<byte[]>(), new List<byte[]>());
        while (true)
        {
            var more = await stored.WaitToReadAsync();
            var inboxes = ReadOnlyMemory<int>.Empty;
            if (more && !stored.TryRead(out inboxes)) continue;
            for (var i = 0; i < ids.Count; i++)
            {
                connection.Command(3);
                connection.Part("XDEL"u8);
                connection.Part(keys[i]);
                connection.Part(ids[i]);
            }

            if (more) ReadOldest(connection, inboxes.Span);
            await connection.FlushAsync();
            if (ids.Count > 0) Interlocked.Add(ref _settled, Sum((await connection.ReadAsync(ids.Count)).Span, ids.Count));
            clock?.Settled();
            if (!more) return;
            ids.Clear();
            keys.Clear();
            Take((await connection.ReadAsync(1)).Span, ids, keys, clock);
        }
    }

    private static void ReadOldest(RespConnection connection, ReadOnlySpan<int> inboxes)
    {
        connection.Command(4 + (2 * inboxes.Length));
        connection.Part("XREAD"u8);
        connection.Part("COUNT"u8);
        connection.Part("1"u8);
        connection.Part("STREAMS"u8);
        foreach (var inbox in inboxes) Key(connection, inbox);
        for (var i = 0; i < inboxes.Length; i++) connection.Part("0"u8);
    }

    private static void Settle(RespConnection connection, List<byte[]> ids, ReadOnlySpan<byte> command, ReadOnlySpan<byte> group)
    {
        connection.Command(2 + (group.IsEmpty ? 0 : 1) + ids.Count);
        connection.Part(command);
        connection.Part("inbox:0"u8);
        if (!group.IsEmpty) connection.Part(group);
        foreach (var id in ids) connection.Part(id);
    }

    private static int Sum(ReadOnlySpan<byte> replies, int count)
    {
        var reader = new RespReader(replies);
        var sum = 0L;
        for (var i = 0; i < count; i++) sum += reader.Integer();
        return (int)sum;
    }

    /// <summary>Streams, each a key and its entries, each an id and fields with their values; or nothing at all.</summary>
    private static void Take(ReadOnlySpan<byte> reply, List<byte[]> ids, List<byte[]>? keys, SettlementClock.Consumer? clock)
    {
        var reader = new RespReader(reply);
        for (var streams = reader.Array(); streams > 0; streams--)
        {
            reader.Array();
            var key = reader.Bulk().ToArray();
            for (var entries = reader.Array(); entries > 0; entries--)
            {
                reader.Array();
                ids.Add(reader.Bulk().ToArray());
                keys?.Add(key);
                reader.Array();
                reader.Bulk();
                var body = reader.Bulk();
                if (!Workload.IsBody(body)) throw new BenchmarkException("Redis delivered another body");
                clock?.Delivered(body);
            }
        }
    }
}
