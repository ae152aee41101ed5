namespace Stork.Queues;

/// <summary>A part of a store's files that does not check out.</summary>
/// <param name="Kind">What that means.</param>
/// <param name="File">The file, relative to the store's directory.</param>
/// <param name="Offset">Where the part starts, in bytes.</param>
/// <param name="Length">How many bytes it has, as far as known.</param>
/// <param name="Lsn">The log sequence number that comes next there.</param>
/// <param name="Records">How many records were in it; 0 if nobody knows.</param>
/// <param name="What">What is wrong with it.</param>
public sealed record StoreFault(StoreFaultKind Kind, string File, long Offset, long Length, long Lsn, long Records, string What);
