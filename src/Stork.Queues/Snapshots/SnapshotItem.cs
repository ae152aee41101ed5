namespace Stork.Queues.Snapshots;

/// <summary>What an item of a snapshot says. The numbers are part of the format and never reused.</summary>
internal enum SnapshotItem : byte
{
    None = 0,

    /// <summary>The segments up to the snapshot's point, with the bytes used of each. First in the file.</summary>
    Segments = 1,

    AckIds = 2,

    /// <summary>A delayed message, with the time at which it is due.</summary>
    Due = 3,

    /// <summary>A queue; the following items are about it.</summary>
    Queue = 4,

    Entries = 5,

    /// <summary>Messages of a key, in their order.</summary>
    Lane = 6,

    /// <summary>What is known of a message that was handed out.</summary>
    Extra = 7,

    Dedup = 8,

    Producer = 9,

    Collapse = 10,

    Device = 11,

    /// <summary>Messages that a device acknowledged.</summary>
    DeviceAcks = 12,

    /// <summary>Nothing is missing: the numbers of queues and entries.</summary>
    End = 13,

    /// <summary>As <see cref="Due"/>, by the wall clock.</summary>
    DueByWallClock = 14,

    /// <summary>How far the wall clock is off, as the record.</summary>
    Clock = 15,
}
