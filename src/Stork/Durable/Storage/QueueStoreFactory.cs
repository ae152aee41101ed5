using Microsoft.Extensions.Logging;
using Stork.Durable.Idempotency;
using Stork.Queues;

namespace Stork.Durable.Storage;

/// <summary>Opens the store behind a server. It is open before the server is mapped, so that the application may store before it
/// listens.</summary>
internal static class QueueStoreFactory
{
    /// <summary>A category of its own: the store and the server number their log events independently.</summary>
    private const string LogCategory = "Stork.Queues";

    /// <summary>Where the recovery log is: beside the store's own files, in the directory that the store holds for this process. Null: in
    /// memory.</summary>
    public static string? RecoveryDirectory(StorageOptions options) =>
        options.DataDirectory is { } directory && options.Store.Durability != Durability.Memory
            ? Path.Combine(directory, "recovery")
            : null;

    /// <exception cref="QueueException">The directory is in use, damaged, or of another format: the application must not start without its
    /// messages.</exception>
    public static QueueStore Open(string directory, StorageOptions server, ILoggerFactory loggers, TimeProvider time, StoreFailure failure)
    {
        var options = server.Store;
        options = options with
        {
            Configure = (kind, name) => OptionsOf(server, kind, name),
            OnFailed = failure.Handle,
            Logger = options.Logger ?? loggers.CreateLogger(LogCategory),
            TimeProvider = options.TimeProvider == TimeProvider.System ? time : options.TimeProvider,
        };

        // At the start of the application, where nobody waits for this thread.
        return QueueStore.OpenAsync(directory, options).GetAwaiter().GetResult();
    }

    /// <summary>Where the store is: a relative path counts from the content root, as the current directory is whoever's started the
    /// process.</summary>
    public static string? ResolveDirectory(string? directory, string? contentRoot)
    {
        if (directory is null) return null;
        var root = string.IsNullOrEmpty(contentRoot) ? Environment.CurrentDirectory : Path.GetFullPath(contentRoot);
        return Path.GetFullPath(directory, root);
    }

    private static QueueOptions? OptionsOf(StorageOptions server, QueueKind kind, string name)
    {
        var own = server.Store.Configure?.Invoke(kind, name);
        if (kind == QueueKind.Inbox) return own is null ? server.InboxQueue : InboxQueueOptions.Compose(server.InboxQueue, own);
        return own ?? OnceEvent.OptionsOf(kind, name);
    }
}
