namespace Stork.Queues;

/// <summary>What is wrong with bytes of a store.</summary>
public enum StoreFaultKind
{
    /// <summary>
    /// The end of the journal is unfinished, as after a power cut. Nothing that anybody was told is in it; the next opening cuts it off.
    /// </summary>
    Torn = 1,

    /// <summary>No crash explains it: the store refuses to open. Salvage keeps what is not affected.</summary>
    Damaged = 2,

    /// <summary>A file that only shortens the start cannot be used. Nothing is lost by that; opening ignores it.</summary>
    Ignored = 3,
}
