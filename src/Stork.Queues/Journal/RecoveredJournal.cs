namespace Stork.Queues.Journal;

/// <summary>What recovery found: a log that is made from it goes on behind the last record. Its segments are open.</summary>
/// <param name="Segments">Oldest first, without gaps; none in a new shard.</param>
/// <param name="Image">The last segment as it is in its file, from the beginning; may be longer.</param>
/// <param name="NextLsn">The number after the last record.</param>
/// <param name="WallClock">The latest time in a frame's header.</param>
/// <param name="Closed">The last segment ends with a footer.</param>
/// <param name="DurableTo">The last segment is known to be durable up to this offset, by what later frames say.</param>
/// <param name="Replayed">Bytes of frames whose records were replayed.</param>
internal sealed record RecoveredJournal(
    List<Segment> Segments, byte[] Image, ulong NextLsn, long WallClock, bool Closed, int DurableTo, long Replayed) : IDisposable
{
    public void Dispose()
    {
        foreach (var segment in Segments) segment.File.Dispose();
    }
}
