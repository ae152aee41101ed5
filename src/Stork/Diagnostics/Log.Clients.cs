using Microsoft.Extensions.Logging;

namespace Stork.Diagnostics;

// What keeps clients from what they want, and is usually the configuration's fault.
internal static partial class Log
{
    [LoggerMessage(
        100,
        LogLevel.Warning,
        "A handshake with cookies from a page of \"{Origin}\" is refused: it was sent to \"{Host}\", which is another site. If that is "
        + "this server's name behind a proxy, have the proxy pass on the Host of the request, or use forwarded headers with "
        + "X-Forwarded-Host. If the page is another site that may connect, allow it in a CORS policy with credentials "
        + "(SocketIOOptions.Cors). CheckOrigin = false ends the check.")]
    public static partial void OriginRefused(ILogger logger, string origin, string host);

    [LoggerMessage(
        101,
        LogLevel.Information,
        "A client waits for an acknowledgement of \"{Event}\" that it will not get: no handler of this event is registered in namespace "
        + "{Namespace}.")]
    public static partial void NoHandler(ILogger logger, string @event, string @namespace);

    [LoggerMessage(102, LogLevel.Error, "A handshake is refused because SocketIOOptions.GenerateId {Fault}.")]
    public static partial void NoSessionId(ILogger logger, Exception? exception, string fault);

    [LoggerMessage(103, LogLevel.Error, "A listener of ConnectionError failed.")]
    public static partial void ConnectionErrorListenerFailed(ILogger logger, Exception exception);

    [LoggerMessage(104, LogLevel.Error, "A listener of what happens to the connection failed for socket {SocketId}.")]
    public static partial void ConnectionListenerFailed(ILogger logger, Exception exception, string socketId);
}
