using System.Collections.Concurrent;
using System.Threading.Channels;
using Npgsql;
using NpgsqlTypes;
using Stork.Queues.Bench.Peers.Services;

namespace Stork.Queues.Bench.Peers;

/// <summary>
/// A table in PostgreSQL as a queue. A batch is one INSERT of arrays; consumers take messages
/// with FOR UPDATE SKIP LOCKED and delete them in the same statement, and the commit that follows settles them:
/// until then they belong to their consumer, and come back if it dies.
/// </summary>
internal sealed class PostgresPeer : IQueuePeer
{
    private const int Consumers = 2;
    private const string Insert = "insert into m (inbox, body) select * from unnest($1, $2)";
    private const string TakeWork =
        "delete from m where seq = any (array(select seq from m order by seq limit $1 for update skip locked)) returning body";
    private const string TakeOldest = """
        delete from m where seq = any (array(
            select o.seq from unnest($1) as i
            cross join lateral (select seq from m where inbox = i order by seq limit 1 for update skip locked) as o))
        returning body
        """;

    private static readonly TimeSpan s_whenEmpty = TimeSpan.FromMilliseconds(1);

    private readonly ConcurrentStack<(NpgsqlConnection Connection, NpgsqlCommand Insert)> _idle = new();
    private readonly List<NpgsqlConnection> _connections = [];
    private readonly List<(NpgsqlConnection Connection, NpgsqlCommand Take)> _consumers = [];
    private PostgresServer? _server;
    private NpgsqlDataSource? _source;
    private int _settled;

    public string Name => "PostgreSQL SKIP LOCKED";

    public bool Synced => true;

    public int Pipeline => 4;

    public string? Missing => PostgresServer.Missing;

    public string Shape =>
        $"{PostgresServer.Shape}; Npgsql 10.0.0 over TCP, "
        + $"prepared statements; {Pipeline} producer connections, a batch is one INSERT ... SELECT FROM unnest; "
        + $"{Consumers} consumer connections, DELETE of 256 messages found with FOR UPDATE SKIP LOCKED, then the commit. "
        + "Inboxes: a column with an index (inbox, seq); one statement takes the oldest message of each inbox of a batch, "
        + "the consumer being told in process which they are";

    public TimeSpan ProcessorTime => Environment.CpuUsage.TotalTime + (_server?.ProcessorTime ?? TimeSpan.Zero);

    public async Task StartAsync(string directory, Workload workload)
    {
        _server = await PostgresServer.StartAsync(directory);
        _source = NpgsqlDataSource.Create(_server.ConnectionString);
        const string CreateTable =
            "create table m (seq bigint generated always as identity primary key, inbox int not null, body bytea not null)";
        await using (var setup = new NpgsqlCommand(CreateTable, await OpenAsync()))
            await setup.ExecuteNonQueryAsync();
        if (!workload.IsWorkQueue)
        {
            await using var index = _source.CreateCommand("create index on m (inbox, seq)");
            await index.ExecuteNonQueryAsync();
        }

        for (var lane = 0; lane < Pipeline; lane++)
        {
            var connection = await OpenAsync();
            var insert = await PrepareAsync(
                connection, Insert, NpgsqlDbType.Array | NpgsqlDbType.Integer, NpgsqlDbType.Array | NpgsqlDbType.Bytea);
            _idle.Push((connection, insert));
        }
    }

    public async Task EnqueueAsync(ReadOnlyMemory<int> inboxes, ReadOnlyMemory<byte> body)
    {
        if (!_idle.TryPop(out var lane)) throw new BenchmarkException("more batches are under way than agreed");
        var bodies = new ReadOnlyMemory<byte>[inboxes.Length];
        Array.Fill(bodies, body);
        lane.Insert.Parameters[0].Value = inboxes.ToArray();
        lane.Insert.Parameters[1].Value = bodies;
        if (await lane.Insert.ExecuteNonQueryAsync() != inboxes.Length)
            throw new BenchmarkException("PostgreSQL did not insert all of a batch");
        _idle.Push(lane);
    }

    public async Task PrepareCyclesAsync(Workload workload)
    {
        for (var i = 0; i < Consumers; i++)
        {
            var connection = await OpenAsync();
            var take = workload.IsWorkQueue
                ? await PrepareAsync(connection, TakeWork, NpgsqlDbType.Integer)
                : await PrepareAsync(connection, TakeOldest, NpgsqlDbType.Array | NpgsqlDbType.Integer);
            _consumers.Add((connection, take));
        }
    }

    public async Task CycleAsync(Workload workload)
    {
        _settled = 0;
        var stored = Channel.CreateUnbounded<ReadOnlyMemory<int>>();
        var consuming = _consumers.Select(consumer => Task.Run(() => workload.IsWorkQueue
            ? WorkAsync(consumer.Connection, consumer.Take, workload)
            : TakeInboxesAsync(consumer.Connection, consumer.Take, stored.Reader, workload.Clock?.NewConsumer()))).ToArray();
        await Producer.RunAsync(this, workload, inboxes => stored.Writer.TryWrite(inboxes));
        stored.Writer.Complete();
        await Task.WhenAll(consuming);
        if (_settled != workload.Messages) throw new BenchmarkException($"{_settled} messages were settled, not {workload.Messages}");
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var connection in _connections) await connection.DisposeAsync();
        if (_source is not null) await _source.DisposeAsync();
        if (_server is not null) await _server.DisposeAsync();
    }

    private async Task<NpgsqlConnection> OpenAsync()
    {
        var connection = await _source!.OpenConnectionAsync();
        _connections.Add(connection);
        return connection;
    }

    private static async Task<NpgsqlCommand> PrepareAsync(NpgsqlConnection connection, string sql, params NpgsqlDbType[] parameters)
    {
#pragma warning disable CA2100 // Constants of this file.
        var command = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100
        foreach (var type in parameters) command.Parameters.Add(new NpgsqlParameter { NpgsqlDbType = type });
        await command.PrepareAsync();
        return command;
    }

    private async Task WorkAsync(NpgsqlConnection connection, NpgsqlCommand take, Workload workload)
    {
        take.Parameters[0].Value = workload.Batch;
        var clock = workload.Clock?.NewConsumer();
        while (Volatile.Read(ref _settled) < workload.Messages)
            if (await TakeAsync(connection, take, clock) == 0) await Task.Delay(s_whenEmpty, TimeProvider.System);
    }

    private async Task TakeInboxesAsync(
        NpgsqlConnection connection,
        NpgsqlCommand take,
        ChannelReader<ReadOnlyMemory<int>> stored,
        SettlementClock.Consumer? clock)
    {
        await foreach (var inboxes in stored.ReadAllAsync())
        {
            take.Parameters[0].Value = inboxes.ToArray();
            await TakeAsync(connection, take, clock);
        }
    }

    private async Task<int> TakeAsync(NpgsqlConnection connection, NpgsqlCommand take, SettlementClock.Consumer? clock)
    {
        await using var transaction = await connection.BeginTransactionAsync();
        take.Transaction = transaction;
        var delivered = 0;
        await using (var reader = await take.ExecuteReaderAsync())
        {
            for (; await reader.ReadAsync(); delivered++)
            {
                var body = reader.GetFieldValue<byte[]>(0);
                if (!Workload.IsBody(body)) throw new BenchmarkException("PostgreSQL delivered another body");
                clock?.Delivered(body);
            }
        }

        await transaction.CommitAsync();
        clock?.Settled();
        Interlocked.Add(ref _settled, delivered);
        return delivered;
    }
}
