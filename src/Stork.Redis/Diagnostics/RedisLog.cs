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
}
