using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Stork.Queues.Rules;

namespace Stork.Queues;

/// <summary>
/// What a store tells its application unasked, by its log and its callbacks. Called by the shards' threads: no code of the application
/// keeps them.
/// </summary>
internal sealed class StoreEvents(QueueStoreOptions options)
{
    public ILogger Logger { get; } = BestEffortLogger.Around(new EscapingLogger(options.Logger ?? NullLogger.Instance));

    /// <summary>Told of each message that becomes a dead letter; null: nobody wants to know.</summary>
    public Action<BuriedMessage>? Buried => Logger.IsEnabled(LogLevel.Warning)
        ? message => StoreLog.LogDeadLettered(Logger, message.Sequence, message.Kind, message.Queue, message.Attempts, message.Reason)
        : null;

    /// <summary>A shard has failed, and with it the store.</summary>
    public void OnFailed(Exception failure)
    {
        StoreLog.LogFailed(Logger, failure);
        if (options.OnFailed is not { } onFailed) return;
        // On a thread of its own: this one has callers to tell, and one of the pool may not come.
        new Thread(() => Call(onFailed, failure)) { IsBackground = true, Name = "stork-failed" }.UnsafeStart();
    }

    /// <summary>Producers begin to be refused, or with null no longer are.</summary>
    public void OnRefusing(string? reason)
    {
        if (reason is null) StoreLog.LogAccepting(Logger);
        else StoreLog.LogRefusing(Logger, reason);
    }

    /// <summary>
    /// The application's own code, called for names that may come from anywhere: what goes wrong in it concerns the one queue.
    /// </summary>
    public QueueOptions? Configure(QueueKind kind, string name)
    {
        try
        {
            var chosen = options.Configure?.Invoke(kind, name);
            chosen?.Validate();
            return chosen;
        }
#pragma warning disable CA1031 // It is logged, and told to who wanted the queue.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            StoreLog.LogMisconfigured(Logger, failure, kind, name);
            if (failure is QueueException) throw;
            throw new QueueException(
                QueueErrorCode.Invalid, $"There are no options for '{name}': {ExceptionText.MessageOf(failure)}", failure);
        }
    }

    private void Call(Action<Exception> onFailed, Exception failure)
    {
        try
        {
            onFailed(failure);
        }
#pragma warning disable CA1031 // It must not take the process down instead of what it was to do.
        catch (Exception thrown)
#pragma warning restore CA1031
        {
            StoreLog.LogCallbackFailed(Logger, thrown);
        }
    }
}
