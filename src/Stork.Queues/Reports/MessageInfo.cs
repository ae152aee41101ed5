namespace Stork.Queues;

/// <summary>A stored message as an operator sees it.</summary>
public sealed record MessageInfo
{
    /// <summary>The message's id.</summary>
    public required Guid Id { get; init; }

    /// <summary>Its number in its queue.</summary>
    public required long Sequence { get; init; }

    /// <summary>Where it stands.</summary>
    public required MessageState State { get; init; }

    /// <summary>When it was stored first.</summary>
    public required DateTimeOffset EnqueuedAt { get; init; }

    /// <summary>After when it is not delivered any more; null: never.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>When it becomes ready, if it waits for its time.</summary>
    public DateTimeOffset? DueAt { get; init; }

    /// <summary>What it is about.</summary>
    public string? Subject { get; init; }

    /// <summary>Its key.</summary>
    public string? Key { get; init; }

    /// <summary>Its priority.</summary>
    public int Priority { get; init; }

    /// <summary>The size of its body.</summary>
    public required int BodyBytes { get; init; }

    /// <summary>Its body, if that was asked for.</summary>
    public byte[]? Body { get; init; }

    /// <summary>How often it was handed out.</summary>
    public int DeliveryCount { get; init; }

    /// <summary>How often it failed.</summary>
    public int FailureCount { get; init; }

    /// <summary>How often it came back from the dead letters.</summary>
    public int RedriveCount { get; init; }

    /// <summary>Why it is a dead letter; null: it is none.</summary>
    public DeadLetterInfo? DeadLetter { get; init; }
}
