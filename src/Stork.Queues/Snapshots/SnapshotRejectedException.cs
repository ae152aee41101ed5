namespace Stork.Queues.Snapshots;

/// <summary>A snapshot does not fit the log: it is ignored.</summary>
internal sealed class SnapshotRejectedException(string what) : IOException(what);
