namespace Stork.Queues;

/// <summary>How a store is at one instant.</summary>
public sealed record StoreHealth
{
    /// <summary>A store that is <see cref="Stuck"/> for so long is slow: 2 s.</summary>
    public static readonly TimeSpan SlowAfter = TimeSpan.FromSeconds(2);

    /// <summary>A store that is <see cref="Stuck"/> for so long hangs: 10 s.</summary>
    public static readonly TimeSpan HangsAfter = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Whether everything works: no failure, no shortage of space, a disk that answers, a credible clock, every message readable.
    /// </summary>
    public bool IsHealthy =>
        Failure is null && !RefusesProducers && Stuck < SlowAfter && !ClockSuspect && ReclaimBlocked is null && UnreadableMessages == 0;

    /// <summary>Why the store stopped; null: it works. Only opening it anew helps.</summary>
    public Exception? Failure { get; init; }

    /// <summary>
    /// Whether producers are refused because the disk is nearly full, or the system lacks the means to write at the moment.
    /// </summary>
    public bool RefusesProducers => Refusal is not null;

    /// <summary>Why producers are refused, with the numbers and the option that count; null: they are not. It passes by itself.</summary>
    public string? Refusal { get; init; }

    /// <summary>
    /// How long the store has had something to do without getting on with it, for instance because a sync does not return; zero: it does.
    /// </summary>
    public TimeSpan Stuck { get; init; }

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
