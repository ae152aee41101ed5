using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;

namespace Stork.Tests.Durable.WorkQueues;

public sealed class ExecuteOnceTests : IAsyncLifetime
{
    private readonly SqliteConnection _database = new("Data Source=:memory:");

    public async ValueTask InitializeAsync()
    {
        SQLitePCL.Batteries_V2.Init();
        await _database.OpenAsync();
        Run(
            "CREATE TABLE stork_processed (queue varchar(256), id char(36), primary key (queue, id)); "
            + "CREATE TABLE account (balance int); INSERT INTO account VALUES (0)");
    }

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    [Fact]
    public async Task Work_is_done_once_although_its_acknowledgement_was_lost()
    {
        await using var app = await QueueApp.StartAsync();
        var queue = app.IO.Queue<int>("payments");
        var results = new ConcurrentQueue<string>();
        // Ended before the database is: its transaction is open until the handler returns.
        await using var consumer = queue.Consume(
            async (context, stop) =>
            {
                await using var transaction = await _database.BeginTransactionAsync(stop);
                if (context.DeliveryCount == 1)
                {
                    // The database commits, and then the process dies before the store hears of it.
                    Insert(transaction, context);
                    Run($"UPDATE account SET balance = balance + {context.Job}", transaction);
                    await transaction.CommitAsync(stop);
                    throw new InvalidOperationException("crash");
                }

                var isNew = await context.ExecuteOnceAsync(
                    transaction,
                    () => Task.FromResult(Run($"UPDATE account SET balance = balance + {context.Job}", transaction)),
                    cancellationToken: stop);
                results.Enqueue($"{context.DeliveryCount} {isNew}");
            },
            new QueueConsumerOptions { Concurrency = 1 });
        await queue.EnqueueAsync(100);
        await app.PassUntil(() => results.Count == 1, "the job came again");
        results.ShouldBe(["2 False"]);
        Balance().ShouldBe(100);
        await app.Until("payments", s => s.Acked == 1, "the job was done");
    }

    [Fact]
    public async Task Work_that_fails_leaves_no_trace_and_is_done_later()
    {
        await using var app = await QueueApp.StartAsync();
        var queue = app.IO.Queue<int>("payments");
        // Ended before the database is: its transaction is open until the handler returns.
        await using var consumer = queue.Consume(
            async (context, stop) =>
            {
                await using var transaction = await _database.BeginTransactionAsync(stop);
                await context.ExecuteOnceAsync(
                    transaction,
                    () =>
                    {
                        Run($"UPDATE account SET balance = balance + {context.Job}", transaction);
                        return context.FailureCount == 0 ? throw new InvalidOperationException("in the middle") : Task.CompletedTask;
                    },
                    cancellationToken: stop);
            },
            new QueueConsumerOptions { Concurrency = 1 });
        await queue.EnqueueAsync(100);
        await app.Until("payments", s => s.Scheduled == 1, "the first attempt failed");
        Balance().ShouldBe(0);
        await app.Pass(2);
        await app.Until("payments", s => s.Acked == 1, "the second attempt worked");
        Balance().ShouldBe(100);
    }

    [Fact]
    public async Task A_table_is_a_name_and_nothing_else()
    {
        await using var app = await QueueApp.StartAsync();
        var refused = new TaskCompletionSource<Exception>();
        await using var consumer = app.IO.Queue<int>("payments").Consume(async (context, stop) =>
        {
            await using var transaction = await _database.BeginTransactionAsync(stop);
            try
            {
                await context.ExecuteOnceAsync(transaction, () => Task.CompletedTask, "x; DROP TABLE account", stop);
            }
            catch (ArgumentException failure)
            {
                refused.SetResult(failure);
            }
        });
        await app.IO.Queue<int>("payments").EnqueueAsync(1);
        (await refused.Task.WaitAsync(Patience.Limit)).Message.ShouldContain("letters");
    }

    private static void Insert(System.Data.Common.DbTransaction transaction, DeliveryContext context) =>
        Run(
            (SqliteConnection)transaction.Connection!,
            $"INSERT INTO stork_processed VALUES ('{context.QueueName}', '{context.Id}')",
            transaction);

    private static int Run(SqliteConnection database, string text, System.Data.Common.DbTransaction? transaction)
    {
        using var command = database.CreateCommand();
#pragma warning disable CA2100 // The test's own text.
        command.CommandText = text;
#pragma warning restore CA2100
        command.Transaction = (SqliteTransaction?)transaction;
        return command.ExecuteNonQuery();
    }

    private int Run(string text, System.Data.Common.DbTransaction? transaction = null) => Run(_database, text, transaction);

    private long Balance()
    {
        using var command = _database.CreateCommand();
        command.CommandText = "SELECT balance FROM account";
        return (long)command.ExecuteScalar()!;
    }
}
