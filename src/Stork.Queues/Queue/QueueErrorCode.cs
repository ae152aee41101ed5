namespace Stork.Queues;

/// <summary>Stable reasons for an error of the store. The numbers are never reused.</summary>
public enum QueueErrorCode
{
    /// <summary>An argument breaks a documented limit or rule. Nothing was stored.</summary>
    Invalid = 1,

    /// <summary>
    /// The message is larger than <see cref="QueueOptions.MaxMessageBytes"/>, or a batch larger than a quarter of
    /// <see cref="QueueStoreOptions.SegmentSize"/>. Nothing was stored.
    /// </summary>
    TooLarge = 2,

    /// <summary>The queue is at one of its limits and rejects. Nothing was stored; trying later can help.</summary>
    QueueFull = 3,

    /// <summary>
    /// The disk is nearly full, or the system has no file descriptor or memory left for it: producers are refused while consumers go on.
    /// Nothing was stored; trying later can help.
    /// </summary>
    StoreFull = 4,

    /// <summary>A write or sync failed. Whether the operation took effect is unknown until the store is opened again.</summary>
    StoreFailed = 5,

    /// <summary>The store is closed or closing. The operation was not carried out.</summary>
    Closed = 6,

    /// <summary>A delivery in an atomic batch was settled already, or is someone else's by now. Nothing of the batch was stored.</summary>
    LeaseLost = 7,

    /// <summary>The files contradict themselves; see the message for the file and the offset.</summary>
    Damaged = 8,

    /// <summary>Another process has the directory open, or the file system has no locks that would tell.</summary>
    Locked = 9,

    /// <summary>The directory was written by a version, or with a number of shards, that this one cannot open.</summary>
    Format = 10,

    /// <summary>No queue or message of that name, id or sequence exists.</summary>
    NotFound = 11,
}
