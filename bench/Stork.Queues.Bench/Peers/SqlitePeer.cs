using Microsoft.Data.Sqlite;

namespace Stork.Queues.Bench.Peers;

/// <summary>
/// A table in SQLite, write-ahead log and synchronous=FULL: a commit is synced. It is used as well as it can be: prepared statements, one
/// transaction for what a batch enqueues and settles, no record of who has a message.
/// </summary>
internal sealed class SqlitePeer : IQueuePeer
{
    private SqliteConnection _connection = null!;
    private SqliteCommand _insert = null!;
    private SqliteCommand _oldest = null!;
    private SqliteCommand _delete = null!;

    public string Name => "SQLite WAL/FULL";

    public bool Synced => true;

    public int Pipeline => 1;

    public string Shape =>
        "in process, write-ahead log, synchronous=FULL, prepared statements; a transaction for each batch. Cycles: "
        + "one transaction settles what the batch before "
        + "delivered and stores the next one, so that a batch costs one sync; nothing records who has a message. Inboxes: "
        + "a column with an index (inbox, seq)";

    public Task StartAsync(string directory, Workload workload)
    {
        SQLitePCL.Batteries_V2.Init();
        Directory.CreateDirectory(directory);
        _connection = new SqliteConnection("Data Source=" + Path.Combine(directory, "peer.db") + ";Pooling=False");
        _connection.Open();
        using (var setup = _connection.CreateCommand())
        {
            setup.CommandText = """
                pragma journal_mode = wal;
                pragma synchronous = full;
                create table m (seq integer primary key, inbox integer, body blob);
                create index i on m (inbox, seq);
                """;
            setup.ExecuteNonQuery();
        }

        _insert = Prepare("insert into m (inbox, body) values ($a, $b)");
        _insert.Parameters.Add("$b", SqliteType.Blob).Value = Workload.Body.ToArray();
        _oldest = Prepare("select seq, body from m where inbox = $a order by seq limit 1");
        _delete = Prepare("delete from m where seq = $a");
        return Task.CompletedTask;
    }

    public Task EnqueueAsync(ReadOnlyMemory<int> inboxes, ReadOnlyMemory<byte> body)
    {
        using var transaction = _connection.BeginTransaction();
        Insert(transaction, inboxes.Span);
        transaction.Commit();
        return Task.CompletedTask;
    }

    public Task PrepareCyclesAsync(Workload workload) => Task.CompletedTask;

    /// <summary>What a batch delivers is settled in the transaction of the next one, so that a batch costs one sync.</summary>
    public Task CycleAsync(Workload workload)
    {
        var delivered = new List<long>();
        for (var number = 0; number < workload.Messages;)
        {
            var inboxes = new int[Math.Min(workload.Batch, workload.Messages - number)];
            for (var i = 0; i < inboxes.Length; i++) inboxes[i] = workload.InboxOf(number++);
            using (var transaction = _connection.BeginTransaction())
            {
                Settle(transaction, delivered);
                Insert(transaction, inboxes);
                transaction.Commit();
            }

            if (workload.IsWorkQueue) DeliverMany(inboxes.Length, delivered);
            else foreach (var inbox in inboxes) Deliver(inbox, delivered);
        }

        using var last = _connection.BeginTransaction();
        Settle(last, delivered);
        last.Commit();
        return Task.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        _insert.Dispose();
        _oldest.Dispose();
        _delete.Dispose();
        _connection.Dispose();
        return ValueTask.CompletedTask;
    }

    private void Insert(SqliteTransaction transaction, ReadOnlySpan<int> inboxes)
    {
        _insert.Transaction = transaction;
        foreach (var inbox in inboxes)
        {
            _insert.Parameters[0].Value = inbox;
            _insert.ExecuteNonQuery();
        }
    }

    private void Settle(SqliteTransaction transaction, List<long> delivered)
    {
        _delete.Transaction = transaction;
        foreach (var sequence in delivered)
        {
            _delete.Parameters[0].Value = sequence;
            _delete.ExecuteNonQuery();
        }

        delivered.Clear();
    }

    private void Deliver(int inbox, List<long> delivered)
    {
        _oldest.Transaction = null;
        _oldest.Parameters[0].Value = inbox;
        using var reader = _oldest.ExecuteReader();
        while (reader.Read()) Take(reader, delivered);
    }

    private void DeliverMany(int count, List<long> delivered)
    {
        using var oldest = _connection.CreateCommand();
        oldest.CommandText = "select seq, body from m where inbox = 0 order by seq limit $n";
        oldest.Parameters.AddWithValue("$n", count);
        using var reader = oldest.ExecuteReader();
        while (reader.Read()) Take(reader, delivered);
    }

    private static void Take(SqliteDataReader reader, List<long> delivered)
    {
        if (((byte[])reader.GetValue(1)).Length != Workload.BodyBytes)
            throw new InvalidDataException("A body came back with another length.");
        delivered.Add(reader.GetInt64(0));
    }

    private SqliteCommand Prepare(string sql)
    {
        var command = _connection.CreateCommand();
#pragma warning disable CA2100 // Constants of this file.
        command.CommandText = sql;
#pragma warning restore CA2100
        command.Parameters.Add("$a", SqliteType.Integer);
        return command;
    }
}
