using Microsoft.Extensions.Logging;
using Stork.Once;
using Stork.Queues;

namespace Stork.Storage;

/// <summary>Opens the store behind a server. It is open before the server is mapped, so that the application may store before it listens.</summary>
internal static class ServerStore
{
    /// <summary>A category of its own: the store and the server number their log events independently.</summary>
    private const string LogCategory = "Stork.Queues";

    /// <summary>Where the recovery log is: beside the store's own files, in the directory that the store holds for this process. Null: in memory.</summary>
    public static string? RecoveryDirectory(SocketIOOptions options) =>
        options.DataDirectory is { } directory && options.Store.Durability != Durability.Memory ? Path.Combine(directory, "recovery") : null;

    /// <exception cref="QueueException">The directory is in use, damaged, or of another format: the application must not start without its messages.</exception>
    public static QueueStore Open(string directory, SocketIOOptions server, ILoggerFactory loggers, TimeProvider time)
    {
        var options = server.Store;
        options = options with
        {
            Configure = (kind, name) => server.Store.Configure?.Invoke(kind, name) ?? OnceEvent.OptionsOf(kind, name) ?? (kind == QueueKind.Inbox ? server.InboxQueue : null),
            Logger = options.Logger ?? loggers.CreateLogger(LogCategory),
            TimeProvider = options.TimeProvider == TimeProvider.System ? time : options.TimeProvider,
        };

        // At the start of the application, where nobody waits for this thread.
        return QueueStore.OpenAsync(directory, options).GetAwaiter().GetResult();
    }
}
