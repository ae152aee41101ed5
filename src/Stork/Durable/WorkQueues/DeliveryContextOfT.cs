using Stork.Durable.WorkQueues;

namespace Stork;

/// <inheritdoc/>
/// <typeparam name="T">The job's type.</typeparam>
public sealed class DeliveryContext<T> : DeliveryContext
    where T : notnull
{
    internal DeliveryContext(JobRun run, T job)
        : base(run) => Job = job;

    /// <summary>The job.</summary>
    public T Job { get; }
}
