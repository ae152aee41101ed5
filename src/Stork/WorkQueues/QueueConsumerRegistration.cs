namespace Stork.WorkQueues;

/// <summary>A consumer class that the application registered.</summary>
internal sealed record QueueConsumerRegistration(string Queue, Action<QueueConsumerOptions>? Configure, JobHandler Handler)
{
    public void AddTo(QueueHost host)
    {
        var options = new QueueConsumerOptions();
        Configure?.Invoke(options);
        host.Add(Queue, options, Handler);
    }
}
