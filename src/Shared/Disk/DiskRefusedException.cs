namespace Stork.Shared.Disk;

/// <summary>
/// The disk, or the system, could not do something just now. Unlike any other failure this one is no reason to mistrust the disk: whatever
/// was asked may be asked again, and nothing of it has been synced.
/// </summary>
internal abstract class DiskRefusedException(string message, Exception? inner) : IOException(message, inner);
