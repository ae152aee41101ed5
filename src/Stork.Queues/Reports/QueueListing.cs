namespace Stork.Queues;

/// <summary>A part of the list of a store's queues, by name.</summary>
/// <param name="Queues">Their numbers.</param>
/// <param name="Next">The name to go on behind; null: this was the last part.</param>
public sealed record QueueListing(IReadOnlyList<QueueStatistics> Queues, string? Next)
{
    /// <summary>Queues in one part unless said otherwise: 100.</summary>
    public const int DefaultLimit = 100;

    /// <summary>The most queues in one part: 1,000.</summary>
    public const int MaxLimit = 1000;
}
