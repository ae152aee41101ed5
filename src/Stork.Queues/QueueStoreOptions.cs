namespace Stork.Queues;

/// <summary>
/// How a store works. Taken over when the store is opened; later changes have no effect.
/// </summary>
public sealed class QueueStoreOptions
{
    /// <summary>x.</summary>
    public TimeSpan FlushInterval { get; set; }
}
