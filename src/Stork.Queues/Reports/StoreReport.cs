namespace Stork.Queues;

/// <summary>What <see cref="QueueStoreTools.VerifyAsync"/> found.</summary>
public sealed record StoreReport
{
    /// <summary>The id of the store.</summary>
    public required Guid Store { get; init; }

    /// <summary>Independent parts of the store.</summary>
    public int Shards { get; init; }

    /// <summary>The journal files, in the order of the log, shard by shard.</summary>
    public required IReadOnlyList<SegmentReport> Segments { get; init; }

    /// <summary>All that does not check out.</summary>
    public required IReadOnlyList<StoreFault> Faults { get; init; }

    /// <summary>Messages that are stored and not settled.</summary>
    public long Messages { get; init; }

    /// <summary>Whether the store opens with everything in it: nothing is damaged.</summary>
    public bool IsSound => !Faults.Any(static f => f.Kind == StoreFaultKind.Damaged);
}
