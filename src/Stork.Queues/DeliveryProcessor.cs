namespace Stork.Queues;

/// <summary>
/// Runs a handler for the deliveries of a consumer, each of its workers one at a time. Its clock looks in from time to time to keep the
/// leases of running handlers alive.
/// </summary>
internal sealed class DeliveryProcessor
{
    /// <summary>A lease is renewed at least this often: timers know no more than 49 days, leases a year.</summary>
    private static readonly TimeSpan LongestInterval = TimeSpan.FromDays(1);

    private readonly Func<Delivery, CancellationToken, Task> _handler;
    private readonly TimeProvider _time;
    private readonly TimeSpan? _ackTimeout;
    private readonly TimeSpan _maxProcessingTime;
    private readonly HandlerPace _pace;

    public DeliveryProcessor(
        Func<Delivery, CancellationToken, Task> handler, TimeProvider time, TimeSpan? ackTimeout, TimeSpan maxProcessingTime)
    {
        _handler = handler;
        _time = time;
        _ackTimeout = ackTimeout;
        _maxProcessingTime = maxProcessingTime;
        _pace = new HandlerPace(time);
    }

    public async Task RunAsync(QueueSubscription subscription, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var delivery in subscription.ReadAllAsync(cancellationToken).ConfigureAwait(false))
            {
                if (_pace.KeepsThreads) await default(OwnThread);
                var handling = HandleAsync(delivery, cancellationToken);
                var isDone = handling.IsCompleted;
                await handling.ConfigureAwait(false);
                // Whoever completed what the handler waited for has its own work to do, not the next message as well.
                if (!isDone) await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // That is how processing ends.
        }
    }

    private async Task HandleAsync(Delivery delivery, CancellationToken cancellationToken)
    {
        var started = _time.GetTimestamp();
        using var clock = LeaseClock.Start(_time, IntervalOf(delivery), () =>
        {
            if (_time.GetElapsedTime(started) < _maxProcessingTime) _ = delivery.ExtendAsync(_ackTimeout);
        });
        try
        {
            await Call(delivery, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await delivery.ReleaseAsync(CancellationToken.None).ConfigureAwait(false);
            return;
        }
#pragma warning disable CA1031 // Whatever a handler throws, its message has failed and the others go on.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            var error = ExceptionText.Describe(failure);
            await delivery.NackAsync(error: error, cancellationToken: CancellationToken.None).ConfigureAwait(false);
            return;
        }

        await delivery.AckAsync(CancellationToken.None).ConfigureAwait(false);
    }

    private Task Call(Delivery delivery, CancellationToken cancellationToken)
    {
        var began = _time.GetTimestamp();
        try
        {
            return _handler(delivery, cancellationToken);
        }
        finally
        {
            _pace.Returned(began);
        }
    }

    private TimeSpan IntervalOf(Delivery delivery)
    {
        var half = (_ackTimeout ?? delivery.Attempt.Queue.Options?.AckTimeout ?? QueueOptions.Work.AckTimeout) / 2;
        return half < LongestInterval ? half : LongestInterval;
    }
}
