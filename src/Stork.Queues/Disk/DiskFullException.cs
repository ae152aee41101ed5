namespace Stork.Queues.Disk;

/// <summary>The volume or the quota is exhausted. Unlike any other failed write, this one is not a reason to mistrust the disk.</summary>
internal sealed class DiskFullException(string message, Exception? inner = null) : IOException(message, inner);
