using Microsoft.Extensions.Logging;

namespace Stork.Diagnostics;

internal static partial class Log
{
    [LoggerMessage(
        40,
        LogLevel.Error,
        "The identity of socket {SocketId} could not be found out; it gets no inbox, and no session of a former connection.")]
    public static partial void IdentityFailed(ILogger logger, Exception exception, string socketId);

    [LoggerMessage(41, LogLevel.Warning, "The {Source} could not be given to socket {SocketId}: {Reason}")]
    public static partial void SubscriptionFailed(ILogger logger, Exception exception, string source, string socketId, string reason);

    [LoggerMessage(42, LogLevel.Error, "Message {Sequence} of {Source} is not an event that can be sent; it goes to the dead letters.")]
    public static partial void InvalidMessage(ILogger logger, Exception exception, string source, long sequence);

    [LoggerMessage(43, LogLevel.Error, "Message {Sequence} of {Source} could not be sent; it is tried again.")]
    public static partial void DeliveryFailed(ILogger logger, Exception exception, string source, long sequence);

    [LoggerMessage(44, LogLevel.Error, "Event \"{Event}\" of socket {SocketId} could not be stored; it was not answered.")]
    public static partial void NotStored(ILogger logger, Exception exception, string @event, string socketId);

    [LoggerMessage(45, LogLevel.Error, "What became of an event \"{Event}\" could not be looked up or stored; it was not answered.")]
    public static partial void NotRemembered(ILogger logger, Exception exception, string @event);

    [LoggerMessage(
        90,
        LogLevel.Information,
        "Socket {SocketId} of namespace {Namespace} gets no inbox, as it has no identity. Messages of io.Inbox(name) reach sockets whose "
        + "user ASP.NET Core has authenticated (claim NameIdentifier), that an IInboxIdentityResolver knows, or for which "
        + "SubscribeInboxAsync was called. This is said once.")]
    public static partial void InboxWithoutIdentity(ILogger logger, string socketId, string @namespace);
}
