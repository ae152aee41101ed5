using Microsoft.Extensions.Logging;

namespace Stork.Redis.Diagnostics;

/// <summary>Log messages of category <c>Stork.Redis</c>; their ids are stable, and listed in docs/operations.md.</summary>
internal static partial class RedisLog
{
    public const string Category = "Stork.Redis";

    [LoggerMessage(1, LogLevel.Information, "Connected to Redis ({EndPoints})")]
    public static partial void Connected(ILogger logger, string endPoints);

    [LoggerMessage(2, LogLevel.Warning,
        "The {Connection} connection to Redis at {EndPoint} is lost ({Reason}); until it is back, other servers and this one do not hear "
        + "of each other")]
    public static partial void ConnectionLost(ILogger logger, Exception? exception, string connection, string endPoint, string reason);

    [LoggerMessage(3, LogLevel.Information, "The {Connection} connection to Redis at {EndPoint} is back")]
    public static partial void ConnectionRestored(ILogger logger, string connection, string endPoint);

    [LoggerMessage(4, LogLevel.Warning,
        "Redis did not answer within {Seconds} s; clients join namespace {Namespace} all the same, and other servers hear of it when Redis "
        + "is there")]
    public static partial void OpenedWithoutRedis(ILogger logger, Exception? exception, double seconds, string @namespace);

    [LoggerMessage(5, LogLevel.Warning,
        "{Count} servers with the prefix {Prefix} work in mode {OtherMode}, this one in mode {Mode}: in namespace {Namespace} they do not "
        + "hear of each other")]
    public static partial void OtherModeFound(ILogger logger, int count, string prefix, string otherMode, string mode, string @namespace);

    [LoggerMessage(10, LogLevel.Warning,
        "Stream {Stream} cannot be read; what other servers write comes when it can be again")]
    public static partial void StreamNotRead(ILogger logger, Exception exception, string stream);

    [LoggerMessage(11, LogLevel.Information, "Stream {Stream} is read again")]
    public static partial void StreamReadAgain(ILogger logger, string stream);

    [LoggerMessage(12, LogLevel.Error,
        "Stream {Stream} does not reach back any more to {Position}, up to where it was read: entries before {First} may be lost for the "
        + "clients of this server")]
    public static partial void StreamTrimmed(ILogger logger, string stream, string position, string first);

    [LoggerMessage(13, LogLevel.Warning,
        "Messages of namespace {Namespace} go by stream {Stream}, as with official servers; but those do not read streams with a negative "
        + "number, and hear nothing in this namespace: give it another name, or use one stream")]
    public static partial void NegativeStream(ILogger logger, string @namespace, string stream);

    [LoggerMessage(9, LogLevel.Warning,
        "Redis cannot be found ({Reason}); clients that join wait until it can, and it is tried again and again")]
    public static partial void NotFound(ILogger logger, Exception exception, string reason);
}
