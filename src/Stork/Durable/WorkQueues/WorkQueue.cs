using System.Diagnostics;
using Stork.Durable.WorkQueues;
using Stork.Queues;

namespace Stork;

/// <summary>
/// A queue of jobs of one type: each is stored until a consumer, in this process or a socket, has processed it. A light handle, made by
/// <see cref="ServerQueueExtensions.extension(SocketIOServer).Queue{T}(string)"/>; may be kept, and used from any thread.
/// </summary>
/// <typeparam name="T">The jobs; written as JSON by the server's serializer.</typeparam>
[DebuggerDisplay("queue {Name}")]
public sealed class WorkQueue<T>
    where T : notnull
{
    private readonly WorkQueueHost _host;

    internal WorkQueue(WorkQueueHost host, MessageQueue queue)
    {
        _host = host;
        Queue = queue;
    }

    /// <summary>The queue's name.</summary>
    public string Name => Queue.Name;

    /// <summary>The queue in the store, with everything that does not depend on the type of the jobs: statistics, browsing, pausing,
    /// purging.</summary>
    public MessageQueue Queue { get; }

    /// <summary>Stores a job. Completes when it is as durable as the store promises, by default synced to disk.</summary>
    /// <param name="job">The job.</param>
    /// <param name="options">More about it; null: nothing.</param>
    /// <param name="cancellationToken">Gives up while the store is too busy to take it; afterwards it has no effect.</param>
    /// <returns>The receipt.</returns>
    /// <exception cref="QueueException">It was not stored, or with <see cref="QueueErrorCode.StoreFailed"/> that is unknown. With
    /// <see cref="QueueErrorCode.TooLarge"/> it is too large, or has too many binary values: at most 256, and where sockets are consumers
    /// as many as clients take (<see cref="SocketIOOptions.MaxAttachments"/>).</exception>
    public async Task<EnqueueReceipt> EnqueueAsync(T job, EnqueueOptions? options = null, CancellationToken cancellationToken = default)
    {
        using var sending = QueueTelemetry.StartSend(Name, count: 1);
        try
        {
            var receipt = await Queue.EnqueueAsync(Describe(job, options), cancellationToken);
            sending.SetMessage(receipt.Id);
            return receipt;
        }
        catch (Exception failure)
        {
            sending.SetError(failure);
            throw;
        }
    }

    /// <summary>Stores jobs together: all or none, with one sync.</summary>
    /// <param name="jobs">The jobs, at most 10,000.</param>
    /// <param name="options">More about each of them; null: nothing.</param>
    /// <param name="cancellationToken">Gives up while the store is too busy to take them; afterwards it has no effect.</param>
    /// <returns>The receipts, in the same order.</returns>
    /// <exception cref="QueueException">None was stored, or with <see cref="QueueErrorCode.StoreFailed"/> that is unknown.</exception>
    public async Task<IReadOnlyList<EnqueueReceipt>> EnqueueManyAsync(
        IReadOnlyList<T> jobs, Func<T, EnqueueOptions?>? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(jobs);
        using var sending = QueueTelemetry.StartSend(Name, jobs.Count);
        try
        {
            var messages = new Message[jobs.Count];
            for (var i = 0; i < messages.Length; i++) messages[i] = Describe(jobs[i], options?.Invoke(jobs[i]));
            return await Queue.EnqueueAsync(messages, cancellationToken);
        }
        catch (Exception failure)
        {
            sending.SetError(failure);
            throw;
        }
    }

    /// <summary>Serializes a job without storing it, for <c>context.CompleteAsync</c> or <c>io.StoreAsync</c>.</summary>
    /// <param name="job">The job.</param>
    /// <param name="options">More about it; null: nothing.</param>
    /// <returns>The job, ready to be stored.</returns>
    public PreparedMessage Prepare(T job, EnqueueOptions? options = null) => new(Queue, Describe(job, options));

    /// <summary>
    /// Processes jobs with a handler: when it returns, the job is done and deleted; when it throws, the job is tried again later. Starts
    /// with the application, or at once if that has started; ends before the application does.
    /// </summary>
    /// <param name="handler">What to do with a job. Its token is cancelled when the job is not this handler's any more, and when the
    /// consumer ends.</param>
    /// <param name="options">How to take jobs; null: the defaults.</param>
    /// <returns>The running consumer; disposing it ends it.</returns>
    /// <exception cref="NotSupportedException">The jobs can never be read: there is no JSON metadata for their type, for example
    /// (<see cref="SocketIOOptions.JsonSerializerOptions"/>).</exception>
    public QueueConsumer Consume(Func<DeliveryContext<T>, CancellationToken, Task> handler, QueueConsumerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(handler);
        _host.RequireReadable(Name, typeof(T));
        return _host.Add(Name, options ?? new QueueConsumerOptions(), (run, stop) => handler(run.Read<T>(), stop));
    }

    /// <summary>Holds jobs back until <see cref="ResumeAsync"/>, also over a restart. Producers and running handlers are not
    /// affected.</summary>
    /// <param name="cancellationToken">Ends the wait; what is asked for is done all the same.</param>
    /// <returns>Completes when it is durable.</returns>
    public Task PauseAsync(CancellationToken cancellationToken = default) => Queue.PauseAsync(cancellationToken);

    /// <summary>Ends <see cref="PauseAsync"/>.</summary>
    /// <param name="cancellationToken">Ends the wait; what is asked for is done all the same.</param>
    /// <returns>Completes when it is durable.</returns>
    public Task ResumeAsync(CancellationToken cancellationToken = default) => Queue.ResumeAsync(cancellationToken);

    /// <summary>Sends the queue's dead letters back to it, oldest first, with no failures counted.</summary>
    /// <param name="max">How many at most; default all.</param>
    /// <param name="perSecond">How many a second at most; null: as fast as it goes.</param>
    /// <param name="cancellationToken">Ends it between steps.</param>
    /// <returns>How many went; what does not fit the queue's limits stays.</returns>
    public Task<int> RedriveAsync(int max = int.MaxValue, double? perSecond = null, CancellationToken cancellationToken = default) =>
        Queue.DeadLetters.RedriveAsync(max, perSecond: perSecond, cancellationToken: cancellationToken);

    private Message Describe(T job, EnqueueOptions? options)
    {
        ArgumentNullException.ThrowIfNull(job);
        var body = JobBody.Write(_host.Serializer, job, _host.MaxAttachmentsOf(Name), out var attachments);
        return JobMessage.Create(body, attachments, options ?? EnqueueOptions.None);
    }
}
