using Stork.Queues;

namespace Stork.Durable.Storage;

/// <summary>What inboxes and queues need to know of the validated options; the meaning of each is told where the application sets
/// it.</summary>
internal sealed class StorageOptions
{
    /// <summary>A full path; null if nothing is stored.</summary>
    public required string? DataDirectory { get; init; }

    public required StoreFailurePolicy OnStoreFailure { get; init; }

    public required QueueStoreOptions Store { get; init; }

    public required InboxOptions Inbox { get; init; }

    public required QueueOptions InboxQueue { get; init; }
}
