namespace Stork.Queues.Journal;

/// <summary>The log does not fit the point that a snapshot says it has: the snapshot is ignored.</summary>
internal sealed class SnapshotRejectedException(string what) : IOException(what);
