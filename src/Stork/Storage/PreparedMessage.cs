using Stork.Queues;

namespace Stork;

/// <summary>A job that is serialized and addressed, but not stored yet: an output of another job, or a part of a batch. Made by
/// <see cref="WorkQueue{T}.Prepare"/>; may be used once or several times.</summary>
public sealed class PreparedJob
{
    internal PreparedJob(MessageQueue queue, Message message)
    {
        Queue = queue;
        Message = message;
    }

    /// <summary>The name of the queue it goes to.</summary>
    public string QueueName => Queue.Name;

    internal MessageQueue Queue { get; }

    internal Message Message { get; }
}
