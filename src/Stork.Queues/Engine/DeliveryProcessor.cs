namespace Stork.Queues.Engine;

/// <summary>Runs a handler for each delivery of a consumer, one at a time, and keeps the lease alive meanwhile.</summary>
internal sealed class DeliveryProcessor(
    Func<Delivery, CancellationToken, Task> handler, TimeProvider time, TimeSpan? ackTimeout, TimeSpan maxProcessingTime)
{
    /// <summary>A lease is renewed at least this often: timers know no more than 49 days, leases a year.</summary>
    private static readonly TimeSpan LongestInterval = TimeSpan.FromDays(1);

    public async Task RunAsync(QueueConsumer consumer, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var delivery in consumer.ReadAllAsync(cancellationToken)) await HandleAsync(delivery, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // That is how processing ends.
        }
    }

    private async Task HandleAsync(Delivery delivery, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        var half = (ackTimeout ?? delivery.Attempt.Queue.Options?.AckTimeout ?? QueueOptions.Work.AckTimeout) / 2;
        var interval = half < LongestInterval ? half : LongestInterval;
        using var timer = time.CreateTimer(
            _ =>
            {
                if (time.GetElapsedTime(started) < maxProcessingTime) _ = delivery.ExtendAsync(ackTimeout);
            },
            null,
            interval,
            interval);
        try
        {
            await handler(delivery, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await delivery.ReleaseAsync();
            return;
        }
#pragma warning disable CA1031 // Whatever a handler throws, its message has failed and the others go on.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            await delivery.NackAsync(error: failure.GetType().Name + ": " + failure.Message);
            return;
        }

        await delivery.AckAsync();
    }
}
