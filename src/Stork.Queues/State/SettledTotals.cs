namespace Stork.Queues.State;

/// <summary>How many messages of a queue ended otherwise than by an acknowledgement.</summary>
internal sealed class SettledTotals
{
    [Durable]
    public long Expired;

    [Durable]
    public long Dropped;

    [Durable]
    public long DeadLettered;

    [Durable]
    public long Purged;

    [Durable]
    public long Redriven;
}
