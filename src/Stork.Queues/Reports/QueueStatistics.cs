namespace Stork.Queues;

/// <summary>
/// The numbers of one queue at one instant. What was enqueued is always accounted for: <see cref="Enqueued"/> = <see cref="Ready"/> +
/// <see cref="Scheduled"/> + <see cref="InFlight"/> + <see cref="Acked"/> + <see cref="Expired"/> + <see cref="Dropped"/> +
/// <see cref="DeadLettered"/> + <see cref="Purged"/> + <see cref="Redriven"/>.
/// </summary>
public sealed record QueueStatistics
{
    /// <summary>The kind of queue.</summary>
    public required QueueKind Kind { get; init; }

    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>Messages that wait for a consumer.</summary>
    public required int Ready { get; init; }

    /// <summary>Messages that wait for their time.</summary>
    public required int Scheduled { get; init; }

    /// <summary>Messages out at consumers.</summary>
    public required int InFlight { get; init; }

    /// <summary>Acknowledged messages kept for replay; they count in <see cref="Acked"/>.</summary>
    public required int Retained { get; init; }

    /// <summary>Bytes of the messages that are ready, scheduled or out.</summary>
    public required long Bytes { get; init; }

    /// <summary>Messages that ever entered the queue.</summary>
    public required long Enqueued { get; init; }

    /// <summary>Messages that were acknowledged.</summary>
    public required long Acked { get; init; }

    /// <summary>Messages that expired.</summary>
    public required long Expired { get; init; }

    /// <summary>Messages that were dropped: pushed out, replaced, or dead where no dead letters are kept.</summary>
    public required long Dropped { get; init; }

    /// <summary>Messages that went to the dead letters.</summary>
    public required long DeadLettered { get; init; }

    /// <summary>Messages that were purged.</summary>
    public required long Purged { get; init; }

    /// <summary>Dead letters that went back to where they came from.</summary>
    public required long Redriven { get; init; }

    /// <summary>Consumers that are connected.</summary>
    public required int Consumers { get; init; }

    /// <summary>Whether deliveries are held back.</summary>
    public required bool Paused { get; init; }

    /// <summary>Whether the circuit breaker holds deliveries back, or all but a single trial.</summary>
    public required bool BreakerOpen { get; init; }
}
