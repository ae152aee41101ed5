namespace Stork.Queues;

/// <summary>
/// Knows whether a consumer outside the process is still there. A connection may break without anybody being told: what was out then must
/// not count as failed because the lease ended before the loss was noticed.
/// </summary>
public interface IConsumerLiveness
{
    /// <summary>
    /// Rises with whatever is heard of the consumer. Read on the store's own thread: it must return at once and not throw.
    /// </summary>
    long Heard { get; }

    /// <summary>
    /// Asks the consumer for a sign of life, which <see cref="Heard"/> counts. Called on the store's own thread: it must return at once and
    /// not throw.
    /// </summary>
    void Probe();
}
