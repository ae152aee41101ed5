using Stork.Durable.WorkQueues;

namespace Stork;

/// <summary>A class that processes jobs. Implement <see cref="IQueueConsumer{T}"/>, which says of what type; there is nothing to do
/// here.</summary>
public interface IQueueConsumer
{
    /// <summary>Lets the job's type be found without reflection.</summary>
    internal Task HandleAsync(JobRun run, CancellationToken cancellationToken);
}
