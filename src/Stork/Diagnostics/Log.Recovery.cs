using Microsoft.Extensions.Logging;

namespace Stork.Diagnostics;

// What recovery logs.
internal static partial class Log
{
    [LoggerMessage(50, LogLevel.Information, "Recovery: {Sessions} sessions and {Events} events of the former process are kept.")]
    public static partial void RecoveryJournalLoaded(ILogger logger, int sessions, int events);

    [LoggerMessage(51, LogLevel.Warning, "Recovery: what the former process left is not used, its clients connect anew: {Reason}.")]
    public static partial void RecoveryJournalNotUsed(ILogger logger, string reason);

    [LoggerMessage(
        52,
        LogLevel.Error,
        "Recovery: the journal cannot be written. Until it can, sessions do not survive the end of this process.")]
    public static partial void RecoveryJournalFailed(ILogger logger, Exception exception);

    [LoggerMessage(53, LogLevel.Error, "Recovery failed because of an internal error.")]
    public static partial void RecoveryFailed(ILogger logger, Exception exception);

    [LoggerMessage(
        54,
        LogLevel.Warning,
        "Recovery: the value \"{Name}\" of a socket's data cannot be written as JSON; its session does not survive the end of this "
        + "process.")]
    public static partial void DataNotWritten(ILogger logger, Exception exception, string name);

    [LoggerMessage(55, LogLevel.Debug, "Socket {SocketId} of {Namespace} recovered its session.")]
    public static partial void SocketRecovered(ILogger logger, string socketId, string @namespace);

    [LoggerMessage(
        56,
        LogLevel.Warning,
        "Recovery: sessions of {Namespace} cannot be saved or had where all servers keep them; clients that come back before that is "
        + "possible again connect anew. Told once a minute at most.")]
    public static partial void SharedSessionNotHad(ILogger logger, Exception exception, string @namespace);
}
