namespace Stork.Queues;

/// <summary>Messages of a queue that could not be saved.</summary>
/// <param name="Kind">The kind of the queue.</param>
/// <param name="Queue">Its name; one that says so if the name was lost too.</param>
/// <param name="FirstSequence">The lowest sequence that may be lost.</param>
/// <param name="LastSequence">The highest sequence that may be lost.</param>
/// <param name="Count">
/// How many are lost at most: as many as there are sequences in the range, or fewer if only their number is known. Records that ended a
/// message may have been lost with it, so it may have been processed.
/// </param>
public sealed record SalvageGap(QueueKind Kind, string Queue, long FirstSequence, long LastSequence, long Count);
