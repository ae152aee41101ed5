namespace Stork.Queues;

/// <summary>How a message became a dead letter.</summary>
public sealed record DeadLetterInfo
{
    /// <summary>The longest error text that is kept: 1,024 bytes in UTF-8. Of each attempt 256 are.</summary>
    public const int MaxErrorBytes = 1024;

    /// <summary>Why.</summary>
    public required DeadLetterReason Reason { get; init; }

    /// <summary>The last error, cut at a whole character after at most <see cref="MaxErrorBytes"/>; empty if none was given.</summary>
    public required string Error { get; init; }

    /// <summary>The kind of queue it came from.</summary>
    public required QueueKind OriginKind { get; init; }

    /// <summary>The name of the queue it came from.</summary>
    public required string OriginName { get; init; }

    /// <summary>Its number there.</summary>
    public required long OriginSequence { get; init; }

    /// <summary>When it was given up.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>How often it had failed.</summary>
    public required int FailureCount { get; init; }

    /// <summary>How often it had been handed out.</summary>
    public required int DeliveryCount { get; init; }

    /// <summary>Its attempts that did not succeed, oldest first, at most the last 16.</summary>
    public required IReadOnlyList<AttemptInfo> Attempts { get; init; }
}
