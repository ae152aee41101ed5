namespace Stork.Queues;

/// <summary>When a producer is told that its message is stored.</summary>
public enum Durability
{
    /// <summary>After the disk confirmed a sync: survives a power cut. The default.</summary>
    Fsync = 0,

    /// <summary>After the operating system took the write: survives the end of the process, and loses up to
    /// <see cref="QueueStoreOptions.FlushInterval"/> at a power cut.</summary>
    Buffered = 1,

    /// <summary>In memory only: everything is gone with the process. For tests and for messages that are worth nothing tomorrow.</summary>
    Memory = 2,
}
