namespace Stork.Queues;

/// <summary>How a message became a dead letter.</summary>
public sealed record DeadLetterInfo
{
    /// <summary>Why.</summary>
    public required DeadLetterReason Reason { get; init; }

    /// <summary>The last error, at most 256 bytes; empty if none was given.</summary>
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
