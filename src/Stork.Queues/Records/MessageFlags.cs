namespace Stork.Queues.Records;

/// <summary>Which optional fields a Message record has, in the order in which they follow.</summary>
[Flags]
internal enum MessageFlags : uint
{
    None = 0,
    Expires = 1 << 0,
    Due = 1 << 1,
    Lane = 1 << 2,
    Key = 1 << 3,
    Priority = 1 << 4,
    Dedup = 1 << 5,
    Producer = 1 << 6,
    Collapse = 1 << 7,
    Subject = 1 << 8,
    Headers = 1 << 9,
    Redrives = 1 << 10,

    /// <summary>Why and from where it came among the dead letters.</summary>
    Dead = 1 << 11,

    /// <summary>It leaves another queue with this record.</summary>
    Moved = 1 << 12,

    /// <summary>It was there before; reclaim wrote it anew, with its delivery state.</summary>
    Copy = 1 << 13,

    /// <summary>
    /// It waits for a time of the wall clock, and both times in this record are such: until it is due, when the time to live begins. No
    /// field of its own.
    /// </summary>
    ByWallClock = 1 << 14,
}
