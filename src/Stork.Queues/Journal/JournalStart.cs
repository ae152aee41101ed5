namespace Stork.Queues.Journal;

/// <summary>The point of the log from which on records are replayed, because a snapshot stands for those before.</summary>
/// <param name="Segment">The segment with the point.</param>
/// <param name="Offset">The end of the last frame before it.</param>
/// <param name="NextLsn">The number of the first record after it.</param>
/// <param name="Segments">The bytes used of this segment and those before it at that point, oldest first, without gaps.</param>
/// <param name="Load">Called when the log up to the point is found to fit, before the first record is replayed.</param>
internal sealed record JournalStart(uint Segment, int Offset, ulong NextLsn, IReadOnlyList<(uint Id, int Used)> Segments, Action Load);
