namespace Stork.Queues.Core;

/// <summary>How many messages of a queue ended otherwise than by an acknowledgement.</summary>
internal sealed class SettledTotals
{
    public long Expired;
    public long Dropped;
    public long DeadLettered;
    public long Purged;
    public long Redriven;
}
