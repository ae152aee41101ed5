using Stork.Queues;

namespace Stork.Durable.WorkQueues;

/// <summary>
/// One of the handlers that a consumer may run at once: takes a delivery, runs the handler, settles, takes the next. The consumer's clock
/// looks in from time to time (<see cref="RenewOrCancel"/>) to renew the lease and to end what takes too long.
/// </summary>
internal sealed class QueueWorker(QueueConsumer consumer) : IDisposable
{
    private readonly Lock _gate = new();

    /// <summary>Of the current run, and used again for the next unless it was cancelled.</summary>
    private CancellationTokenSource _stop = new();
    private JobRun? _run;
    private Ending _ending;
    private long _startedAt;
    private long _extendedAt;
    private TimeSpan _allowed;

    /// <summary>Why the current run was cancelled.</summary>
    private enum Ending
    {
        None,
        TooLong,
        LeaseLost,
        Stopping,
    }

    public QueueConsumer Consumer => consumer;

    private TimeProvider Time => consumer.Host.Time;

    private QueueConsumerOptions Options => consumer.Options;

    public async Task RunAsync()
    {
        while (await consumer.ReadNextAsync() is { } arrival)
        {
            if (consumer.Pace.KeepsThreads) await default(OwnThread);
            var handling = HandleAsync(arrival);
            var isDone = handling.IsCompleted;
            await handling;
            consumer.OnHandled();
            // Whoever completed what the handler waited for has its own work to do, not the next job as well.
            if (!isDone) await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        }
    }

    /// <summary>Renews the lease, or cancels the handler if its time is over.</summary>
    public void RenewOrCancel(TimeSpan renewAfter)
    {
        JobRun run;
        lock (_gate)
        {
            if (_run is null || _ending != Ending.None) return;
            run = _run;
            if (Time.GetElapsedTime(_startedAt) >= _allowed)
            {
                Cancel(Ending.TooLong);
                return;
            }

            if (Time.GetElapsedTime(_extendedAt) < renewAfter) return;
            _extendedAt = Time.GetTimestamp();
        }

        _ = RenewAsync(run);
    }

    /// <summary>The application cannot wait any longer.</summary>
    public void Stop()
    {
        lock (_gate)
        {
            if (_run is not null && _ending == Ending.None) Cancel(Ending.Stopping);
        }
    }

    public Task<SettleOutcome> ExtendAsync(JobRun run, TimeSpan? time, CancellationToken cancellationToken)
    {
        if (time is { } given) ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(given, TimeSpan.Zero, nameof(time));
        lock (_gate)
        {
            if (_run != run || _ending != Ending.None) return Task.FromResult(SettleOutcome.LeaseLost);
            _allowed = Time.GetElapsedTime(_startedAt) + (time ?? Options.MaxProcessingTime);
            _extendedAt = Time.GetTimestamp();
        }

        return run.Delivery.ExtendAsync(consumer.AckTimeout, cancellationToken);
    }

    public void Dispose() => _stop.Dispose();

    private async Task RenewAsync(JobRun run)
    {
        try
        {
            if (await run.Delivery.ExtendAsync(consumer.AckTimeout) == SettleOutcome.Done || run.IsSettled) return;
        }
        catch (QueueException)
        {
            // The store is closed or failed: nobody's lease means anything any more.
        }

        lock (_gate)
        {
            if (_run == run && _ending == Ending.None) Cancel(Ending.LeaseLost);
        }
    }

    /// <summary>The caller holds <c>_gate</c>. The handler's own callbacks run elsewhere.</summary>
    private void Cancel(Ending ending)
    {
        _ending = ending;
        _ = _stop.CancelAsync();
    }

    /// <summary>Never throws: the next job would wait for ever.</summary>
    // Asynchronous even where all of it ends at once: what a handler sets in its execution context is not the next job's.
    private async Task HandleAsync(QueuedDelivery arrival)
    {
        var delivery = arrival.Delivery;
        using var span = QueueTelemetry.StartProcess(delivery);
        consumer.Host.Telemetry.CountStart(consumer.QueueName);
        var started = Time.GetTimestamp();
        var run = new JobRun(this, delivery);
        Exception? failure = null;
        try
        {
            await using (run) await Call(run, Begin(run, arrival.At, started));
        }
#pragma warning disable CA1031 // Whatever a handler throws, its job has failed and the others go on.
        catch (Exception thrown)
#pragma warning restore CA1031
        {
            failure = thrown;
        }

        var ending = End();
        var outcome = "ack";
        if (failure is null && !run.IsSettled && !Options.Fenced) delivery.Ack();
        else outcome = await SettleAsync(run, failure, ending);
        if (failure is not null) span.SetError(failure);
        consumer.Host.Telemetry.CountEnd(consumer.QueueName, Time, started, outcome);
    }

    private Task Call(JobRun run, CancellationToken stop)
    {
        var began = Time.GetTimestamp();
        try
        {
            return consumer.Handler(run, stop);
        }
        finally
        {
            consumer.Pace.Returned(began);
        }
    }

    private CancellationToken Begin(JobRun run, long arrivedAt, long startedAt)
    {
        lock (_gate)
        {
            if (!_stop.TryReset())
            {
                _stop.Dispose();
                _stop = new CancellationTokenSource();
            }

            (_run, _ending, _allowed) = (run, Ending.None, Options.MaxProcessingTime);
            (_startedAt, _extendedAt) = (startedAt, arrivedAt);
            if (consumer.IsCutShort) Cancel(Ending.Stopping);
            return _stop.Token;
        }
    }

    private Ending End()
    {
        lock (_gate)
        {
            _run = null;
            return _ending;
        }
    }

    /// <summary>Tells the store how it went, unless that was well and needs no answer, and says so in a word.</summary>
    private async ValueTask<string> SettleAsync(JobRun run, Exception? failure, Ending ending)
    {
        var delivery = run.Delivery;
        try
        {
            if (run.IsSettled)
            {
                if (failure is not null) QueueLog.FailedSettled(consumer.Logger, failure, consumer.QueueName, delivery.Id);
                return "settled";
            }

            if (failure is null)
            {
                await AckFencedAsync(delivery);
                return "ack";
            }

            if (ending == Ending.Stopping)
            {
                await delivery.ReleaseAsync();
                return "release";
            }

            if (ending == Ending.LeaseLost)
            {
                QueueLog.LeaseLost(consumer.Logger, consumer.QueueName, delivery.Id);
                return "lost";
            }

            return await FailAsync(delivery, failure, ending);
        }
#pragma warning disable CA1031 // The store is closed or failed, most likely. In any case the job stays in it as it is, and comes again.
        catch (Exception closed)
#pragma warning restore CA1031
        {
            QueueLog.NotSettled(consumer.Logger, closed, consumer.QueueName, delivery.Id);
            return "lost";
        }
    }

    /// <summary>Only a consumer that can lose its lease wants to know the outcome; otherwise nobody waits for it, so that the next job need
    /// not either.</summary>
    private async ValueTask AckFencedAsync(Delivery delivery)
    {
        if (await delivery.AckAsync() is not (SettleOutcome.Done or SettleOutcome.DoneLate))
            QueueLog.LeaseLost(consumer.Logger, consumer.QueueName, delivery.Id);
    }

    private async ValueTask<string> FailAsync(Delivery delivery, Exception failure, Ending ending)
    {
        var error = ending == Ending.TooLong ? $"not done within {Options.MaxProcessingTime}" : ExceptionText.Describe(failure);
        if (failure is UnreadableJobException || Decide(Options.RejectWhen, failure))
        {
            QueueLog.Rejected(consumer.Logger, failure, consumer.QueueName, delivery.Id);
            await delivery.RejectAsync(error);
            return "reject";
        }

        var attempt = delivery.FailureCount + 1;
        LogFailure(delivery, failure, attempt);
        await delivery.NackAsync(DelayAfter(failure, attempt), error);
        return "nack";
    }

    private void LogFailure(Delivery delivery, Exception failure, int attempt)
    {
        var queue = consumer.QueueOptions;
        var attempts = queue.MaxFailures + 1;
        if (attempt < attempts)
        {
            QueueLog.Failed(consumer.Logger, failure, consumer.QueueName, delivery.Id, attempt, attempts);
            return;
        }

        var outcome = queue.DeadLetter
            ? $"it is a dead letter ({DeadLetterReason.DeliveryLimit})"
            : "it is dropped, as the queue keeps no dead letters";
        QueueLog.FailedForGood(consumer.Logger, failure, consumer.QueueName, delivery.Id, attempt, attempts, outcome);
    }

    /// <summary>What the application throws while it decides about a failure must not lose the failure.</summary>
    private bool Decide(Func<Exception, bool>? question, Exception failure)
    {
        try
        {
            return question?.Invoke(failure) == true;
        }
#pragma warning disable CA1031 // Code of the application: see the summary.
        catch (Exception thrown)
#pragma warning restore CA1031
        {
            QueueLog.DecisionFailed(consumer.Logger, thrown, consumer.QueueName);
            return false;
        }
    }

    private TimeSpan? DelayAfter(Exception failure, int failures)
    {
        try
        {
            var delay = Options.RetryDelay?.Invoke(failure, failures);
            return delay is null || (delay >= TimeSpan.Zero && delay <= QueueOptions.MaxDelay) ? delay : null;
        }
#pragma warning disable CA1031 // Code of the application: the usual delay serves.
        catch (Exception thrown)
#pragma warning restore CA1031
        {
            QueueLog.DecisionFailed(consumer.Logger, thrown, consumer.QueueName);
            return null;
        }
    }
}
