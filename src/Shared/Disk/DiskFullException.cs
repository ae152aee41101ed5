namespace Stork.Shared.Disk;

/// <summary>The volume or the quota is exhausted.</summary>
internal sealed class DiskFullException(string message, Exception? inner = null) : DiskRefusedException(message, inner);
