namespace Stork.Queues;

/// <summary>What happens to a message for a queue that is at one of its limits.</summary>
public enum Overflow
{
    /// <summary>The producer gets an error of code <see cref="QueueErrorCode.QueueFull"/>. The default: nothing is lost silently.</summary>
    RejectPublish = 0,

    /// <summary>The oldest message that is not out at a consumer makes room. It is counted as dropped.</summary>
    DropHead = 1,

    /// <summary>The oldest message that is not out at a consumer makes room and goes to the dead letters.</summary>
    DeadLetterHead = 2,

    /// <summary>The new message is dropped; its producer is told so in the receipt.</summary>
    DropNew = 3,
}
