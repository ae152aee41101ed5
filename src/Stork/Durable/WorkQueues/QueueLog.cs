using Microsoft.Extensions.Logging;

namespace Stork.Durable.WorkQueues;

/// <summary>What work queues log. Event ids are stable: alerts may rely on them. Jobs, keys and headers are never logged.</summary>
internal static partial class QueueLog
{
    [LoggerMessage(60, LogLevel.Debug, "Jobs of queue \"{Queue}\" are taken, {Concurrency} at a time.")]
    public static partial void Consuming(ILogger logger, string queue, int concurrency);

    [LoggerMessage(61, LogLevel.Error, "The consumer of queue \"{Queue}\" could not start.")]
    public static partial void NotConsuming(ILogger logger, Exception exception, string queue);

    [LoggerMessage(62, LogLevel.Warning, "Job {Id} of queue \"{Queue}\" failed in attempt {Attempt} of {Attempts}; it is tried again.")]
    public static partial void Failed(ILogger logger, Exception exception, string queue, Guid id, int attempt, int attempts);

    [LoggerMessage(85, LogLevel.Error, "Job {Id} of queue \"{Queue}\" failed in attempt {Attempt} of {Attempts}, its last; {Outcome}.")]
    public static partial void FailedForGood(
        ILogger logger, Exception exception, string queue, Guid id, int attempt, int attempts, string outcome);

    [LoggerMessage(63, LogLevel.Error, "Job {Id} of queue \"{Queue}\" was rejected.")]
    public static partial void Rejected(ILogger logger, Exception exception, string queue, Guid id);

    [LoggerMessage(64, LogLevel.Warning, "The lease of job {Id} of queue \"{Queue}\" was lost while it was processed.")]
    public static partial void LeaseLost(ILogger logger, string queue, Guid id);

    [LoggerMessage(65, LogLevel.Warning, "What became of job {Id} of queue \"{Queue}\" could not be stored; it will come again.")]
    public static partial void NotSettled(ILogger logger, Exception exception, string queue, Guid id);

    [LoggerMessage(66, LogLevel.Warning, "The handler of job {Id} of queue \"{Queue}\" failed after it had settled the job.")]
    public static partial void FailedSettled(ILogger logger, Exception exception, string queue, Guid id);

    [LoggerMessage(
        67, LogLevel.Error, "RetryDelay or RejectWhen of the consumer of queue \"{Queue}\" failed; the queue's backoff is used.")]
    public static partial void DecisionFailed(ILogger logger, Exception exception, string queue);

    [LoggerMessage(68, LogLevel.Warning, "Handlers of queue \"{Queue}\" ignored that they were cancelled; their jobs went back.")]
    public static partial void HandlersLeft(ILogger logger, string queue);

    [LoggerMessage(70, LogLevel.Error, "Who may use queue \"{Queue}\" could not be found out; nobody may.")]
    public static partial void AuthorizationFailed(ILogger logger, Exception exception, string queue);

    [LoggerMessage(71, LogLevel.Information, "A job for queue \"{Queue}\" from socket {SocketId} was not what the queue takes.")]
    public static partial void InvalidJob(ILogger logger, Exception exception, string queue, string socketId);

    [LoggerMessage(
        72, LogLevel.Warning, "A job for queue \"{Queue}\" from socket {SocketId} could not be stored; the client got no answer.")]
    public static partial void NotStored(ILogger logger, Exception exception, string queue, string socketId);

    [LoggerMessage(73, LogLevel.Information, "Socket {SocketId} asked for jobs of a queue that it may not have.")]
    public static partial void ConsumerRefused(ILogger logger, string socketId);

    [LoggerMessage(
        91,
        LogLevel.Warning,
        "Jobs wait in queue \"{Queue}\" and nobody takes them: it has no consumer. "
        + "Queues with consumers: {Consumed}. This is said once of a queue.")]
    public static partial void Unattended(ILogger logger, string queue, string consumed);

    [LoggerMessage(69, LogLevel.Information, "{Action} of {Kind} \"{Queue}\" by {User}.")]
    public static partial void Administered(ILogger logger, string action, Queues.QueueKind kind, string queue, string user);
}
