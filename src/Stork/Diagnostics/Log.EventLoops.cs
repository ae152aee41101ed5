using Microsoft.Extensions.Logging;

namespace Stork.Diagnostics;

// The event loops under the web server.
internal static partial class Log
{
    [LoggerMessage(120, LogLevel.Information, "TCP connections are served by {Count} event loops.")]
    public static partial void LoopsStarted(ILogger logger, int count);

    [LoggerMessage(
        121,
        LogLevel.Warning,
        "A handler has kept the thread of an event loop for {Milliseconds} ms or more; another thread serves the other connections. What "
        + "has to wait should await, or enter the thread pool first.")]
    public static partial void LoopHandedOver(ILogger logger, int milliseconds);

    [LoggerMessage(122, LogLevel.Error, "A connection failed in an event loop because of an internal error.")]
    public static partial void LoopFailed(ILogger logger, Exception exception);

    [LoggerMessage(
        123,
        LogLevel.Warning,
        "A middleware of the application, ahead of Socket.IO, has kept an event loop waiting: for a while the thread pool handles all "
        + "requests.")]
    public static partial void RequestsBlock(ILogger logger);

    [LoggerMessage(124, LogLevel.Error, "No connection is accepted for a moment: {Error}.")]
    public static partial void AcceptPaused(ILogger logger, string error);

    [LoggerMessage(125, LogLevel.Warning, "A connection was accepted and could not be served.")]
    public static partial void AcceptFailed(ILogger logger, Exception exception);

    [LoggerMessage(126, LogLevel.Error, "A callback that waits for the end of a connection failed.")]
    public static partial void ClosedCallbackFailed(ILogger logger, Exception exception);
}
