namespace Stork.Queues;

/// <summary>Why a message became a dead letter.</summary>
public enum DeadLetterReason
{
    /// <summary>It is not a dead letter.</summary>
    None = 0,

    /// <summary>A consumer rejected it.</summary>
    Rejected = 1,

    /// <summary>It expired, and the queue keeps expired messages.</summary>
    Expired = 2,

    /// <summary>It made room for a newer one.</summary>
    MaxLength = 3,

    /// <summary>It failed more often than the queue allows.</summary>
    DeliveryLimit = 4,

    /// <summary>The process died too often while its own code had the message.</summary>
    PoisonCrash = 5,
}
