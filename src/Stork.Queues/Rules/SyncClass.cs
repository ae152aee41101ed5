namespace Stork.Queues.Rules;

/// <summary>How durable a record must be before anything that follows from it is told.</summary>
internal enum SyncClass
{
    None = 0,

    /// <summary>Synced soon, or with the next record that must be: losing it repeats a delivery, nothing else.</summary>
    Lazy = 1,

    /// <summary>With the operating system: survives the process.</summary>
    Written = 2,

    /// <summary>On the disk: survives a power cut.</summary>
    Fsync = 3,
}
