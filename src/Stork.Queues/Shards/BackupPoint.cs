namespace Stork.Queues.Shards;

/// <summary>A point of a shard's log, with everything before it durable.</summary>
/// <param name="Store">The store.</param>
/// <param name="Shard">The number of the shard.</param>
/// <param name="Segments">Oldest first. Up to the marks they do not change any more.</param>
/// <param name="NextLsn">The number of the first record that is not included.</param>
/// <param name="WallClock">The store's time at that point.</param>
/// <param name="Closed">The last segment ends with a footer.</param>
internal sealed record BackupPoint(Guid Store, int Shard, IReadOnlyList<SegmentMark> Segments, ulong NextLsn, long WallClock, bool Closed);
