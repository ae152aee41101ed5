using Microsoft.Extensions.Logging;

namespace Stork.Queues;

public sealed partial class QueueStore
{
    [LoggerMessage(1, LogLevel.Information, "Opened the queue store in {Directory}: {Bytes} bytes of journal in {Shards} shard(s).")]
    private static partial void LogOpened(ILogger logger, string directory, long bytes, int shards);

    [LoggerMessage(2, LogLevel.Critical, "The queue store failed and accepts nothing more until it is opened anew.")]
    private static partial void LogFailed(ILogger logger, Exception failure);
}
