using Stork.Durable.WorkQueues;

namespace Stork;

/// <summary>
/// A class that processes the jobs of a queue, made for each of them with its dependencies from a scope of the job's own, and disposed with
/// it. Registered by <c>services.AddQueueConsumer&lt;TConsumer&gt;(name)</c>.
/// </summary>
/// <typeparam name="T">The jobs; read as JSON by the server's serializer.</typeparam>
public interface IQueueConsumer<T> : IQueueConsumer
    where T : notnull
{
    /// <summary>
    /// Processes a job. Returning means it is done: it is deleted. Throwing means it failed: it is tried again after the queue's backoff,
    /// and becomes a dead letter after too many failures. The context offers everything else.
    /// </summary>
    /// <param name="context">The job and what is known about it.</param>
    /// <param name="cancellationToken">Cancelled when the job is not this consumer's any more (its lease was lost, or
    /// <see cref="QueueConsumerOptions.MaxProcessingTime"/> is over), and when the application has no more time to stop.</param>
    /// <returns>Completes when the job is done.</returns>
    Task ConsumeAsync(DeliveryContext<T> context, CancellationToken cancellationToken);

    /// <inheritdoc/>
    Task IQueueConsumer.HandleAsync(JobRun run, CancellationToken cancellationToken) => ConsumeAsync(run.Read<T>(), cancellationToken);
}
