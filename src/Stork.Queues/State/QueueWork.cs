namespace Stork.Queues.State;

/// <summary>What a queue needs while something goes on in it.</summary>
internal sealed class QueueWork
{
    /// <summary>What may change without a record. Not to be copied: it is a struct to save an object per queue.</summary>
    public VolatileQueueState Volatile;

    /// <summary>Entries that recovery found out of order, until it ends.</summary>
    [Durable]
    public Dictionary<long, Entry>? Late;

    public ExtraTable Extras;

    /// <summary>By the hash of the key: the order of the messages of a key is the order of their records.</summary>
    public Dictionary<ulong, Lane>? Lanes;

    [Durable]
    public int InFlight;

    [Durable]
    public int Scheduled;

    [Durable]
    public int Retained;

    [Durable]
    public DedupTable? Dedup;

    [Durable]
    public ProducerTable? Producers;

    [Durable]
    public CollapseTable? Collapse;

    [Durable]
    public DeviceTable? Devices;

    /// <summary>Fresh again from the first message on, so that nothing is forgotten by letting go.</summary>
    public bool IsIdle => Extras.Count == 0 && InFlight + Scheduled + Retained == 0 && Volatile.IsIdle && Late is null or { Count: 0 }
        && Lanes is null or { Count: 0 } && Dedup is null && Producers is null && Collapse is null or { Count: 0 }
        && Devices is null or { Count: 0 };
}
