using System.Data.Common;
using Stork.Durable.WorkQueues;
using Stork.Queues;

namespace Stork;

/// <summary>
/// A job as a consumer sees it, and what can be done with it other than returning (done) and throwing (failed). Once it was settled by one
/// of these methods, the end of the handler means nothing any more.
/// </summary>
public abstract class DeliveryContext
{
    private readonly JobRun _run;

    private protected DeliveryContext(JobRun run) => _run = run;

    /// <summary>The job's id, the same in every delivery: a natural key for making effects unique.</summary>
    public Guid Id => Delivery.Id;

    /// <summary>The queue's name.</summary>
    public string QueueName => Delivery.QueueName;

    /// <summary>The job's number in its queue.</summary>
    public long Sequence => Delivery.Sequence;

    /// <summary>When the job was stored.</summary>
    public DateTimeOffset EnqueuedAt => Delivery.EnqueuedAt;

    /// <summary>The job's key; null if it has none.</summary>
    public string? Key => Delivery.Key;

    /// <summary>What the producer added.</summary>
    public IReadOnlyDictionary<string, string> Headers => Delivery.Headers;

    /// <summary>How often the job was handed out, with this time.</summary>
    public int DeliveryCount => Delivery.DeliveryCount;

    /// <summary>How often it failed before.</summary>
    public int FailureCount => Delivery.FailureCount;

    /// <summary>Whether it was handed out before: its effects may be there already.</summary>
    public bool Redelivered => Delivery.Redelivered;

    /// <summary>How often it came back from the dead letters.</summary>
    public int RedriveCount => Delivery.RedriveCount;

    /// <summary>Rises with every hand-out of the store: a system that remembers the highest one can turn away a consumer that was
    /// overtaken.</summary>
    public ulong LeaseToken => Delivery.LeaseToken;

    /// <summary>Services of the job's own scope.</summary>
    public IServiceProvider Services => _run.Services;

    /// <summary>The delivery in the store.</summary>
    public Delivery Delivery => _run.Delivery;

    /// <summary>The job is done.</summary>
    /// <param name="cancellationToken">Ends the wait and nothing else: the job is settled all the same, also if it was cancelled
    /// before.</param>
    /// <returns>Whether that counted.</returns>
    public Task<SettleOutcome> AckAsync(CancellationToken cancellationToken = default) =>
        _run.SettleAsync(Delivery.AckAsync(CancellationToken.None), cancellationToken);

    /// <summary>The job failed: it is tried again later, or becomes a dead letter.</summary>
    /// <param name="delay">How long to wait, at most 366 days; null: as the queue's backoff says.</param>
    /// <param name="error">Why; kept with the attempt (256 bytes) and with a dead letter
    /// (<see cref="DeadLetterInfo.MaxErrorBytes"/>).</param>
    /// <param name="cancellationToken">Ends the wait and nothing else: the job is settled all the same, also if it was cancelled
    /// before.</param>
    /// <returns>Whether that counted.</returns>
    public Task<SettleOutcome> NackAsync(TimeSpan? delay = null, string? error = null, CancellationToken cancellationToken = default) =>
        _run.SettleAsync(Delivery.NackAsync(delay, error, CancellationToken.None), cancellationToken);

    /// <summary>The job can never be done: it becomes a dead letter now.</summary>
    /// <param name="error">Why; at most <see cref="DeadLetterInfo.MaxErrorBytes"/> are kept.</param>
    /// <param name="cancellationToken">Ends the wait and nothing else: the job is settled all the same, also if it was cancelled
    /// before.</param>
    /// <returns>Whether that counted.</returns>
    public Task<SettleOutcome> RejectAsync(string? error = null, CancellationToken cancellationToken = default) =>
        _run.SettleAsync(Delivery.RejectAsync(error, CancellationToken.None), cancellationToken);

    /// <summary>The job goes back unprocessed and may go to others at once. Not a failure; a consumer that does so without end is slowed
    /// down (<see cref="QueueOptions.MaxReleasesPerSecond"/>).</summary>
    /// <param name="cancellationToken">Ends the wait and nothing else: the job is settled all the same, also if it was cancelled
    /// before.</param>
    /// <returns>Whether that counted.</returns>
    public Task<SettleOutcome> ReleaseAsync(CancellationToken cancellationToken = default) =>
        _run.SettleAsync(Delivery.ReleaseAsync(CancellationToken.None), cancellationToken);

    /// <summary>Gives the handler more time. The lease needs no care: it is renewed by itself while the handler may run.</summary>
    /// <param name="time">How long from now; null: <see cref="QueueConsumerOptions.MaxProcessingTime"/> once more.</param>
    /// <param name="cancellationToken">Ends the wait and nothing else: the handler gets its time all the same.</param>
    /// <returns>Whether the job is still this consumer's.</returns>
    public Task<SettleOutcome> ExtendAsync(TimeSpan? time = null, CancellationToken cancellationToken = default) =>
        _run.ExtendAsync(time, cancellationToken);

    /// <summary>The job is done, and these are what came of it: the job's end and the outputs are stored together, or none of it.</summary>
    /// <param name="outputs">Made by <see cref="WorkQueue{T}.Prepare"/> and <see cref="Inbox.Prepare{T}"/>; at most 9,999.</param>
    /// <param name="cancellationToken">Gives up while the store is too busy to take them; afterwards it has no effect.</param>
    /// <returns>The receipts of the outputs, in their order.</returns>
    /// <exception cref="QueueException">Nothing was stored, and the job is not settled; with <see cref="QueueErrorCode.LeaseLost"/> it is
    /// somebody else's by now.</exception>
    public async Task<IReadOnlyList<EnqueueReceipt>> CompleteAsync(
        IReadOnlyList<PreparedMessage> outputs, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(outputs);
        var batch = _run.Store.CreateBatch().Ack(Delivery);
        foreach (var output in outputs) batch.Enqueue(output.Queue, output.Message);
        var receipts = await batch.CommitAsync(cancellationToken);
        _run.MarkSettled();
        return receipts;
    }

    /// <inheritdoc cref="CompleteAsync(IReadOnlyList{PreparedMessage}, CancellationToken)"/>
    public Task<IReadOnlyList<EnqueueReceipt>> CompleteAsync(params IReadOnlyList<PreparedMessage> outputs) =>
        CompleteAsync(outputs, CancellationToken.None);

    /// <summary>
    /// Does something in a database effectively once: together with the work's changes, the job's id goes into a table of the same
    /// database, and a job whose id is there is not worked on again. Commits the transaction, and then the job is done.
    /// </summary>
    /// <param name="transaction">An open transaction; committed by this method, also if there was nothing to do.</param>
    /// <param name="work">Makes the changes, with commands in this transaction.</param>
    /// <param name="table">The table: <c>queue varchar(256), id char(36), primary key (queue, id)</c>. Letters, digits, underscores and
    /// dots. Default <c>stork_processed</c>.</param>
    /// <param name="cancellationToken">Ends it before the commit.</param>
    /// <returns>Whether the work was done now; false: an earlier delivery had done it.</returns>
    public Task<bool> ExecuteOnceAsync(
        DbTransaction transaction, Func<Task> work, string table = ProcessedTable.DefaultName,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(transaction);
        ArgumentNullException.ThrowIfNull(work);
        return new ProcessedTable(transaction, table).ExecuteAsync(this, work, cancellationToken);
    }
}
