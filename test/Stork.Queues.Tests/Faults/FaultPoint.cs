namespace Stork.Queues.Tests.Faults;

/// <summary>Where a process can be killed.</summary>
internal enum FaultPoint
{
    /// <summary>Any operation of the disk.</summary>
    Anything,
    BeforeWrite,

    /// <summary>Half of a frame is written.</summary>
    HalfWrite,
    AfterWrite,
    BeforeSync,
    AfterSync,

    /// <summary>A new segment file.</summary>
    BeforeCreate,
    HalfZeroed,
    BeforeHeader,
    AfterHeader,
    BeforeRename,
    AfterRename,
    BeforeDirectorySync,
    AfterDirectorySync,

    /// <summary>The frame that ends a segment.</summary>
    BeforeFooter,
    AfterFooter,

    /// <summary>A frame with messages that reclaim copies.</summary>
    BeforeCopy,
    AfterCopy,

    /// <summary>The oldest segment goes.</summary>
    BeforeDelete,
    AfterDelete,

    /// <summary>The end of the log is recorded outside it.</summary>
    BeforeEnd,
    HalfEnd,
    AfterEnd,

    /// <summary>While the journal is read back.</summary>
    Recovering,

    /// <summary>The message is durable, its producer does not know.</summary>
    BeforeTold,
    AfterTold,
    InHandler,
    BeforeSettle,
    AfterSettle,
}
