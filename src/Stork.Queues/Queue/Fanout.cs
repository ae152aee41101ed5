namespace Stork.Queues;

/// <summary>Who of several consumers of a queue gets a message.</summary>
public enum Fanout
{
    /// <summary>One of them: they compete. The default of work queues.</summary>
    Compete = 0,

    /// <summary>All of them; the first acknowledgement settles it for all. The default of inboxes.</summary>
    FirstAck = 1,

    /// <summary>Every registered device, each with its own position; consumers of one device share as in <see cref="FirstAck"/>.
    /// The message is settled once every device acknowledged it, or a consumer that names no device did.</summary>
    PerDevice = 2,

    /// <summary>
    /// The consumer with the highest <see cref="SubscriptionOptions.Priority"/>, among equals the newest; the others stand by.
    /// </summary>
    ActiveDevice = 3,
}
