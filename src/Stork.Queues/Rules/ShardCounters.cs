namespace Stork.Queues.Rules;

/// <summary>Events of this run, written by the shard's thread and read by meters.</summary>
internal sealed class ShardCounters
{
    public long Enqueued;
    public long Duplicates;
    public long Refused;
    public long Delivered;
    public long Redelivered;
    public long Acked;
    public long LateAcks;
    public long UnknownAcks;
    public long Failures;
    public long DeadLettered;
    public long Expired;
    public long BreakerOpenings;
    public long Unreadable;
    public long CopiedBytes;
}
