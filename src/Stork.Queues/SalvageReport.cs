namespace Stork.Queues;

/// <summary>What <see cref="QueueStoreTools.SalvageAsync"/> saved and what not.</summary>
public sealed record SalvageReport
{
    /// <summary>What was found in the source.</summary>
    public required StoreReport Source { get; init; }

    /// <summary>Messages that may be lost. Empty if the damage hit nothing but records of messages that are settled, or none at all.</summary>
    public required IReadOnlyList<SalvageGap> Gaps { get; init; }

    /// <summary>Messages in the new store that are not settled.</summary>
    public long Messages { get; init; }

    /// <summary>The names given to queues whose own name was lost. Their messages are there.</summary>
    public required IReadOnlyList<string> RenamedQueues { get; init; }
}
