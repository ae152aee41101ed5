using Stork.Queues;

namespace Stork;

/// <summary>A queue or inbox as an operator looks at it.</summary>
public sealed record QueueReport
{
    /// <summary>Its numbers.</summary>
    public required QueueStatistics Statistics { get; init; }

    /// <summary>How long the oldest message that is ready, scheduled or out has been stored; null: there is none.</summary>
    public TimeSpan? OldestAge { get; init; }

    /// <summary>Dead letters of the queue that are kept now; null for an inbox, as inboxes share theirs.</summary>
    public int? DeadLetters { get; init; }

    /// <summary>Messages stored a second, over the last 10 to 20 seconds in which somebody looked; null: nobody has looked
    /// before.</summary>
    public double? EnqueuedPerSecond { get; init; }

    /// <summary>Messages acknowledged a second, likewise.</summary>
    public double? AckedPerSecond { get; init; }

    /// <summary>Messages that became dead letters a second, likewise.</summary>
    public double? DeadLetteredPerSecond { get; init; }
}
