namespace Stork.Shared.Disk;

/// <summary>The system has no file descriptor, memory or other means left for this at the moment.</summary>
internal sealed class DiskBusyException(string message, Exception? inner = null) : DiskRefusedException(message, inner);
