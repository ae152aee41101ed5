using Stork.Queues;

namespace Stork;

/// <summary>An event for an inbox, or a job, that is serialized and addressed but not stored yet: for <c>io.StoreAsync</c>, or as an output
/// of a job. Made by <see cref="Inbox.Prepare{T}"/> and <see cref="WorkQueue{T}.Prepare"/>; may be used once or several times.</summary>
public sealed class PreparedMessage
{
    internal PreparedMessage(MessageQueue queue, Message message)
    {
        Queue = queue;
        Message = message;
    }

    /// <summary>The name of the inbox or queue it goes to, as the store knows it.</summary>
    public string QueueName => Queue.Name;

    internal MessageQueue Queue { get; }

    internal Message Message { get; }
}
