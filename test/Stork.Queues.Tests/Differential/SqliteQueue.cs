using Microsoft.Data.Sqlite;

namespace Stork.Queues.Tests.Differential;

/// <summary>
/// A second implementation of the contract, by other means: one table, one statement per rule. One consumer with one message in flight.
/// </summary>
internal sealed class SqliteQueue : IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly int _maxMessages;
    private readonly int _maxFailures;
    private long _returning;

    static SqliteQueue() => SQLitePCL.Batteries_V2.Init();

    public SqliteQueue(int maxMessages, int maxFailures)
    {
        _maxMessages = maxMessages;
        _maxFailures = maxFailures;
        _connection = new SqliteConnection("Data Source=:memory:");
        _connection.Open();
        Run("""
            create table message (
                seq integer primary key autoincrement, body text, priority integer, state text, due integer, expires integer,
                                  failures integer, deliveries integer, dedup text, dedup_until integer, collapse text);
            """);
    }

    public long Now { get; set; }

    /// <summary>The sequence, negative for a duplicate of that one, 0 if refused.</summary>
    public long Enqueue(string body, int priority, long delay, long timeToLive, string? dedup, string? collapse)
    {
        Tick();
        const string Known = "select seq from message where dedup = $a and dedup_until > $b order by seq desc limit 1";
        if (dedup is not null && Scalar(Known, dedup, Now) is long first) return -first;
        if (Count("ready") + Count("scheduled") + Count("inflight") >= _maxMessages) return 0;
        if (collapse is not null)
            Run(
                "update message set state = 'dropped' where seq = (select max(seq) from message where collapse = $a) "
                + "and state in ('ready', 'scheduled') and deliveries = 0",
                collapse);
        Run(
            "insert into message (body, priority, state, due, expires, failures, deliveries, dedup, dedup_until, collapse) "
            + "values ($a, $b, $c, $d, $e, 0, 0, $f, $g, $h)",
            body, priority, delay > 0 ? "scheduled" : "ready", Now + delay, timeToLive > 0 ? Now + delay + timeToLive : null, dedup,
            Now + delay + 86_400_000, collapse);
        return (long)Scalar("select max(seq) from message")!;
    }

    /// <summary>What the consumer gets now: nothing if it has a message, or there is none.</summary>
    public (long Sequence, long Deliveries, long Failures)? Deliver()
    {
        Tick();
        if (Count("inflight") > 0) return null;
        var next = Scalar("select seq from message where state = 'ready' order by seq = $a desc, priority desc, seq limit 1", _returning);
        _returning = 0;
        if (next is not long sequence) return null;
        Run("update message set state = 'inflight', deliveries = deliveries + 1 where seq = $a", sequence);
        var deliveries = (long)Scalar("select deliveries from message where seq = $a", sequence)!;
        return (sequence, deliveries, (long)Scalar("select failures from message where seq = $a", sequence)!);
    }

    /// <summary>Its consumer is back, and gets it before all else.</summary>
    public void Return(long sequence)
    {
        Release(sequence);
        _returning = sequence;
    }

    public void Ack(long sequence) => Run(
        "update message set state = 'acked' where seq = $a and state not in ('acked', 'dead', 'purged', 'expired', 'dropped')", sequence);

    public void Release(long sequence) => Run("update message set state = 'ready' where seq = $a and state = 'inflight'", sequence);

    public void Reject(long sequence) => Run("update message set state = 'dead' where seq = $a and state = 'inflight'", sequence);

    public void Fail(long sequence, long delay)
    {
        Run(
            "update message set failures = failures + 1, state = 'scheduled', due = $b where seq = $a and state = 'inflight'",
            sequence,
            Now + delay);
        Run("update message set state = 'dead' where seq = $a and failures > $b and state = 'scheduled'", sequence, _maxFailures);
        Tick();
    }

    public void Purge() => Run("update message set state = 'purged' where state in ('ready', 'scheduled')");

    public long Count(string state)
    {
        Tick();
        return (long)Scalar("select count(*) from message where state = $a", state)!;
    }

    public void Dispose() => _connection.Dispose();

    private void Tick()
    {
        Run("update message set state = 'expired' where state in ('ready', 'scheduled') and expires <= $a", Now);
        Run("update message set state = 'ready' where state = 'scheduled' and due <= $a", Now);
    }

    private void Run(string sql, params object?[] values)
    {
        using var command = Command(sql, values);
        command.ExecuteNonQuery();
    }

    private object? Scalar(string sql, params object?[] values)
    {
        using var command = Command(sql, values);
        return command.ExecuteScalar() is { } value and not DBNull ? value : null;
    }

    private SqliteCommand Command(string sql, object?[] values)
    {
        var command = _connection.CreateCommand();
#pragma warning disable CA2100 // The statements are constants of this file.
        command.CommandText = sql;
#pragma warning restore CA2100
        for (var i = 0; i < values.Length; i++) command.Parameters.AddWithValue("$" + (char)('a' + i), values[i] ?? DBNull.Value);
        return command;
    }
}
