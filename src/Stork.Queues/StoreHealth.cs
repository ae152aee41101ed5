namespace Stork.Queues;

/// <summary>How a store is at one instant.</summary>
public sealed record StoreHealth
{
    /// <summary>Whether everything works: no failure, no shortage of space, a credible clock, every message readable.</summary>
    public bool IsHealthy => Failure is null && !RefusesProducers && !ClockSuspect && ReclaimBlocked is null && UnreadableMessages == 0;

    /// <summary>Why the store stopped; null: it works. Only opening it anew helps.</summary>
    public Exception? Failure { get; init; }

    /// <summary>Whether producers are refused because the disk is nearly full.</summary>
    public bool RefusesProducers { get; init; }

    /// <summary>Whether the wall clock jumped; until it is credible again, time goes on by the monotonic clock.</summary>
    public bool ClockSuspect { get; init; }

    /// <summary>Why no space can be reclaimed; null: it can.</summary>
    public string? ReclaimBlocked { get; init; }

    /// <summary>
    /// Reads in this run whose bytes failed their checksum. Such a message is not delivered and tried again a minute later.
    /// </summary>
    public long UnreadableMessages { get; init; }

    /// <summary>Bytes of the journal on disk.</summary>
    public long JournalBytes { get; init; }

    /// <summary>Bytes of them that belong to messages still wanted.</summary>
    public long LiveBytes { get; init; }
}
