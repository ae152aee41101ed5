using System.Data.Common;

namespace Stork.Durable.WorkQueues;

/// <summary>The ids of jobs whose work is in the application's own database. Plain SQL that every database understands; if two deliveries
/// of one job race, the table's primary key lets one of them commit.</summary>
internal sealed class ProcessedTable
{
    public const string DefaultName = "stork_processed";

    private readonly DbTransaction _transaction;
    private readonly string _name;

    public ProcessedTable(DbTransaction transaction, string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (name.Any(static letter => !char.IsAsciiLetterOrDigit(letter) && letter is not '_' and not '.'))
            throw new ArgumentException("A table's name has letters, digits, underscores and dots.", nameof(name));
        _transaction = transaction;
        _name = name;
    }

    public async Task<bool> ExecuteAsync(DeliveryContext context, Func<Task> work, CancellationToken cancellationToken)
    {
        var isNew = !await ContainsAsync(context, cancellationToken);
        if (isNew)
        {
            await AddAsync(context, cancellationToken);
            await work();
        }

        await _transaction.CommitAsync(cancellationToken);
        await context.AckAsync(CancellationToken.None);
        return isNew;
    }

    private async Task<bool> ContainsAsync(DeliveryContext context, CancellationToken cancellationToken)
    {
        await using var command = Command($"SELECT COUNT(*) FROM {_name} WHERE queue = @queue AND id = @id", context);
        return Convert.ToInt64(await command.ExecuteScalarAsync(cancellationToken), System.Globalization.CultureInfo.InvariantCulture) > 0;
    }

    private async Task AddAsync(DeliveryContext context, CancellationToken cancellationToken)
    {
        await using var command = Command($"INSERT INTO {_name} (queue, id) VALUES (@queue, @id)", context);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private DbCommand Command(string text, DeliveryContext context)
    {
        var command = (_transaction.Connection ?? throw new InvalidOperationException("The transaction is over.")).CreateCommand();
        command.Transaction = _transaction;
#pragma warning disable CA2100 // The name of the table was checked letter by letter; everything else is a parameter.
        command.CommandText = text;
#pragma warning restore CA2100
        Add(command, "@queue", context.QueueName);
        Add(command, "@id", context.Id.ToString());
        return command;
    }

    private static void Add(DbCommand command, string name, string value)
    {
        var parameter = command.CreateParameter();
        parameter.ParameterName = name;
        parameter.Value = value;
        command.Parameters.Add(parameter);
    }
}
