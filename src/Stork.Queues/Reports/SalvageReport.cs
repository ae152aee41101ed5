namespace Stork.Queues;

/// <summary>What <see cref="QueueStoreTools.SalvageAsync"/> saved and what not.</summary>
public sealed record SalvageReport
{
    /// <summary>What was found in the source.</summary>
    public required StoreReport Source { get; init; }

    /// <summary>
    /// Messages that may be lost. Empty if the damage hit nothing but records of messages that are settled, or none at all.
    /// </summary>
    public required IReadOnlyList<SalvageGap> Gaps { get; init; }

    /// <summary>
    /// Records that could not be read, as far as their number is known. A lost message shows in <see cref="Gaps"/> by what comes later in
    /// its queue; of the last ones of a queue, this number is all that is known.
    /// </summary>
    public long RecordsLost { get; init; }

    /// <summary>Messages in the new store that are not settled.</summary>
    public long Messages { get; init; }

    /// <summary>The names given to queues whose own name was lost. Their messages are there.</summary>
    public required IReadOnlyList<string> RenamedQueues { get; init; }
}
