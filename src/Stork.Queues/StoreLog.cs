using Microsoft.Extensions.Logging;

namespace Stork.Queues;

/// <summary>The log messages of a store.</summary>
internal static partial class StoreLog
{
    [LoggerMessage(1, LogLevel.Information, "Opened the queue store in {Directory}: {Bytes} bytes of journal in {Shards} shard(s).")]
    public static partial void LogOpened(ILogger logger, string directory, long bytes, int shards);

    [LoggerMessage(10, LogLevel.Warning,
        "The queue store in {Directory} has no {File}, or one that cannot be read: whether records are missing at the end of "
        + "that journal could not be seen. The file was made; a store of an earlier version had none.")]
    public static partial void LogEndUnknown(ILogger logger, string directory, string file);

    [LoggerMessage(2, LogLevel.Critical, "The queue store failed and accepts nothing more until it is opened anew.")]
    public static partial void LogFailed(ILogger logger, Exception failure);

    [LoggerMessage(3, LogLevel.Error,
        "The options that the application has for the {Kind} queue {Queue} cannot be used: it is refused if it is new, and has "
        + "the defaults if it exists.")]
    public static partial void LogMisconfigured(ILogger logger, Exception failure, QueueKind kind, string queue);

    [LoggerMessage(20, LogLevel.Warning,
        "The store in {Directory} is open without a lock, because its file system has none: a second process that opens it "
        + "destroys it.")]
    public static partial void LogUnlocked(ILogger logger, string directory);

    [LoggerMessage(21, LogLevel.Warning, "The store refuses producers. {Reason}")]
    public static partial void LogRefusing(ILogger logger, string reason);

    [LoggerMessage(22, LogLevel.Information, "The store accepts messages again.")]
    public static partial void LogAccepting(ILogger logger);

    [LoggerMessage(30, LogLevel.Warning,
        "Message {Sequence} of the {Kind} queue {Queue} is a dead letter after {Attempts} attempt(s): {Reason}.")]
    public static partial void LogDeadLettered(
        ILogger logger, long sequence, QueueKind kind, string queue, int attempts, DeadLetterReason reason);

    [LoggerMessage(35, LogLevel.Error, "OnFailed, which was told that the queue store failed, failed itself.")]
    public static partial void LogCallbackFailed(ILogger logger, Exception failure);
}
