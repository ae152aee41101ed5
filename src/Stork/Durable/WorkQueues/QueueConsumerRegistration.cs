namespace Stork.Durable.WorkQueues;

/// <summary>A consumer class that the application registered.</summary>
internal sealed record QueueConsumerRegistration(string Queue, Action<QueueConsumerOptions>? Configure, JobHandler Handler, Type Job)
{
    /// <exception cref="NotSupportedException">Its jobs can never be read.</exception>
    public void AddTo(WorkQueueHost host)
    {
        host.RequireReadable(Queue, Job);
        var options = new QueueConsumerOptions();
        Configure?.Invoke(options);
        host.Add(Queue, options, Handler);
    }
}
