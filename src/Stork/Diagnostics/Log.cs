using Microsoft.Extensions.Logging;

namespace Stork.Diagnostics;

/// <summary>Everything the server logs. Event ids are stable: alerts may rely on them. Payloads and credentials are never logged.</summary>
internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Debug, "Connection {ConnectionId} opened ({Transport}).")]
    public static partial void ConnectionOpened(ILogger logger, string connectionId, SocketIOTransports transport);

    [LoggerMessage(2, LogLevel.Debug, "Connection {ConnectionId} closed: {Reason}. {Details}")]
    public static partial void ConnectionClosed(ILogger logger, string connectionId, string reason, string? details);

    [LoggerMessage(3, LogLevel.Debug, "Connection {ConnectionId} upgraded to WebSocket.")]
    public static partial void Upgraded(ILogger logger, string connectionId);

    [LoggerMessage(4, LogLevel.Debug, "Request refused: {Code} {Message}.")]
    public static partial void RequestRefused(ILogger logger, int code, string message);

    [LoggerMessage(5, LogLevel.Warning, "Handshake refused: the server stops, or has its {Count} connections.")]
    public static partial void ConnectionRefused(ILogger logger, int count);

    [LoggerMessage(6, LogLevel.Information, "Connection {ConnectionId} closed because of a protocol violation ({Error}): {Message}")]
    public static partial void ProtocolViolation(ILogger logger, string connectionId, ProtocolError error, string message);

    [LoggerMessage(7, LogLevel.Error, "Connection {ConnectionId} failed because of an internal error.")]
    public static partial void ConnectionFailed(ILogger logger, Exception exception, string connectionId);

    [LoggerMessage(8, LogLevel.Error, "A timer failed because of an internal error.")]
    public static partial void TimerFailed(ILogger logger, Exception exception);

    [LoggerMessage(
        9,
        LogLevel.Warning,
        "Connection {ConnectionId} is closed: MaxInputBufferSize bytes of events wait, none was taken for a whole ping timeout, and the "
        + "client owes acknowledgements that may lie behind them.")]
    public static partial void Stuck(ILogger logger, string connectionId);

    [LoggerMessage(
        92,
        LogLevel.Warning,
        "{Count} events ({Bytes} bytes) of connection {ConnectionId}, which has gone, are dropped: events of clients that have gone may "
        + "take {MaxBytes} bytes while they wait for handlers.")]
    public static partial void EventsDropped(ILogger logger, int count, long bytes, string connectionId, long maxBytes);

    [LoggerMessage(10, LogLevel.Debug, "Socket {SocketId} connected to {Namespace}.")]
    public static partial void SocketConnected(ILogger logger, string socketId, string @namespace);

    [LoggerMessage(11, LogLevel.Debug, "Socket {SocketId} disconnected from {Namespace}: {Reason}.")]
    public static partial void SocketDisconnected(ILogger logger, string socketId, string @namespace, string reason);

    [LoggerMessage(12, LogLevel.Debug, "Connection {ConnectionId} was refused namespace {Namespace}: {Message}.")]
    public static partial void ConnectRefused(ILogger logger, string connectionId, string @namespace, string message);

    [LoggerMessage(13, LogLevel.Error, "A middleware of namespace {Namespace} failed; the client was refused.")]
    public static partial void MiddlewareFailed(ILogger logger, Exception exception, string @namespace);

    [LoggerMessage(14, LogLevel.Error, "A connection handler of namespace {Namespace} failed for socket {SocketId}.")]
    public static partial void ConnectionHandlerFailed(ILogger logger, Exception exception, string @namespace, string socketId);

    [LoggerMessage(15, LogLevel.Error, "The adapter of namespace {Namespace} could not be started; clients are refused until it can be.")]
    public static partial void AdapterNotStarted(ILogger logger, Exception exception, string @namespace);

    [LoggerMessage(16, LogLevel.Error, "The adapter of namespace {Namespace} failed.")]
    public static partial void AdapterFailed(ILogger logger, Exception exception, string @namespace);

    [LoggerMessage(
        17,
        LogLevel.Warning,
        "A message between servers of namespace {Namespace} is dropped ({Reason}). {Details} Told once a minute at most.")]
    public static partial void ClusterMessageDropped(ILogger logger, string @namespace, string reason, string details);

    [LoggerMessage(18, LogLevel.Warning, "Messages of namespace {Namespace} do not reach the other servers. Told once a minute at most.")]
    public static partial void ClusterMessageNotSent(ILogger logger, Exception exception, string @namespace);

    [LoggerMessage(19, LogLevel.Warning, "Server {ServerId} has gone from namespace {Namespace} without a word.")]
    public static partial void ClusterServerGone(ILogger logger, string serverId, string @namespace);

    [LoggerMessage(20, LogLevel.Error, "The handler of \"{Event}\" failed for socket {SocketId}.")]
    public static partial void HandlerFailed(ILogger logger, Exception exception, string @event, string socketId);

    [LoggerMessage(21, LogLevel.Information, "The arguments of \"{Event}\" from socket {SocketId} do not fit the handler: {Message}")]
    public static partial void InvalidArguments(ILogger logger, string @event, string socketId, string message);

    [LoggerMessage(22, LogLevel.Error, "A disconnect handler failed for socket {SocketId}.")]
    public static partial void DisconnectHandlerFailed(ILogger logger, Exception exception, string socketId);

    [LoggerMessage(23, LogLevel.Error, "A catch-all listener failed for socket {SocketId}.")]
    public static partial void ListenerFailed(ILogger logger, Exception exception, string socketId);

    [LoggerMessage(24, LogLevel.Error, "A listener of room events of namespace {Namespace} failed.")]
    public static partial void RoomListenerFailed(ILogger logger, Exception exception, string @namespace);

    [LoggerMessage(25, LogLevel.Error, "A handler of \"{Event}\" of other servers failed in namespace {Namespace}.")]
    public static partial void ServerEventHandlerFailed(ILogger logger, Exception exception, string @event, string @namespace);

    [LoggerMessage(
        26,
        LogLevel.Warning,
        "ServerSideEmit of namespace {Namespace} reaches nobody: its adapter knows one server only. Told once a namespace.")]
    public static partial void NoOtherServers(ILogger logger, string @namespace);

    [LoggerMessage(30, LogLevel.Information, "Socket.IO is served at {Path}/.")]
    public static partial void Mapped(ILogger logger, string path);

    [LoggerMessage(31, LogLevel.Information, "Closing {Count} connections: the server is shutting down.")]
    public static partial void Stopping(ILogger logger, int count);

    [LoggerMessage(
        95,
        LogLevel.Warning,
        "Connection {ConnectionId} is closed: a handler has blocked the thread that reads it for a whole ping timeout, and the client owes "
        + "acknowledgements that cannot be read meanwhile. Await acknowledgements, do not block on them.")]
    public static partial void HandlerBlocks(ILogger logger, string connectionId);
}
