using Microsoft.Extensions.Logging;

namespace Stork;

internal static partial class Log
{
    [LoggerMessage(40, LogLevel.Error, "The identity of socket {SocketId} could not be found out; it gets no inbox.")]
    public static partial void IdentityFailed(ILogger logger, Exception exception, string socketId);

    [LoggerMessage(41, LogLevel.Warning, "Inbox {Inbox} could not be given to socket {SocketId}.")]
    public static partial void SubscriptionFailed(ILogger logger, Exception exception, string inbox, string socketId);

    [LoggerMessage(42, LogLevel.Error, "Message {Sequence} of inbox {Inbox} is not an event that can be sent; it goes to the dead letters.")]
    public static partial void InvalidMessage(ILogger logger, Exception exception, string inbox, long sequence);

    [LoggerMessage(43, LogLevel.Error, "Message {Sequence} of inbox {Inbox} could not be sent; it is tried again.")]
    public static partial void DeliveryFailed(ILogger logger, Exception exception, string inbox, long sequence);
}
