using Microsoft.Extensions.Logging;

namespace Stork.Diagnostics;

internal static partial class Log
{
    [LoggerMessage(32, LogLevel.Information, "The connections of WebSockets are taken over from HTTP. Told once.")]
    public static partial void TakenOver(ILogger logger);

    [LoggerMessage(33, LogLevel.Information, "The connection of a WebSocket stays within its HTTP request: {Reason}. Told once a reason.")]
    public static partial void NotTakenOver(ILogger logger, string reason);

    [LoggerMessage(
        80,
        LogLevel.Information,
        "At most {MaxConnections} connections at the same time; of the {Limit} file descriptors that this process may have, {Left} are "
        + "left for the store and all else.")]
    public static partial void Limits(ILogger logger, int maxConnections, long limit, long left);

    [LoggerMessage(
        81,
        LogLevel.Warning,
        "MaxConnections is {MaxConnections}, but this process may have {Limit} file descriptors: with more than {Fitting} connections "
        + "the store and all else may get none. Raise the limit (ulimit -n), or lower MaxConnections.")]
    public static partial void LimitsDoNotFit(ILogger logger, int maxConnections, long limit, int fitting);

    [LoggerMessage(
        82,
        LogLevel.Information,
        "At most {MaxConnections} connections at the same time; this process may have any number of file descriptors.")]
    public static partial void Unlimited(ILogger logger, int maxConnections);

    [LoggerMessage(
        83,
        LogLevel.Critical,
        "The store failed, so that the application is stopped, with exit code {ExitCode}; started anew, it finds out what is on disk. See "
        + "SocketIOOptions.OnStoreFailure.")]
    public static partial void StoppingForStore(ILogger logger, Exception failure, int exitCode);

    [LoggerMessage(84, LogLevel.Error, "The application's OnFailed, or its stop after the store's failure, failed.")]
    public static partial void StoreFailureNotHandled(ILogger logger, Exception failure);
}
