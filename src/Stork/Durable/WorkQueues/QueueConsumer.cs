using System.Diagnostics;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Stork.Durable.WorkQueues;
using Stork.Queues;

namespace Stork;

/// <summary>A consumer in server code that takes jobs from a queue. Disposing it ends it, as the end of the application does.</summary>
[DebuggerDisplay("consumer of {QueueName}: {Options.Concurrency} at a time, handled {HandledCount}")]
public sealed class QueueConsumer : IAsyncDisposable
{
    /// <summary>How long handlers that were cancelled may take to notice it before their jobs go back.</summary>
    internal static readonly TimeSpan NoticeTime = TimeSpan.FromSeconds(1);

    /// <summary>Never holds more than the consumer may have in flight.</summary>
    private readonly Channel<QueuedDelivery> _arrivals = Channel.CreateUnbounded<QueuedDelivery>();
    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _gate = new();
    private readonly MessageQueue _queue;
    private QueueWorker[] _workers = [];
    private Task _running = Task.CompletedTask;
    private Task? _starting;
    private Task? _ending;
    private QueueSubscription? _subscription;
    private IDisposable? _clock;
    private long _handled;

    internal QueueConsumer(WorkQueueHost host, MessageQueue queue, QueueConsumerOptions options, JobHandler handler)
    {
        Host = host;
        _queue = queue;
        Options = options;
        Handler = handler;
        QueueOptions = host.OptionsOf(queue.Name);
        AckTimeout = options.AckTimeout ?? QueueOptions.AckTimeout;
        RenewAfter = AckTimeout / 3;
        Pace = new HandlerPace(host.Time);
    }

    /// <summary>The queue's name.</summary>
    public string QueueName => _queue.Name;

    /// <summary>Completes when the consumer takes jobs; fails if the store refused it.</summary>
    public Task Started => _started.Task;

    /// <summary>Handlers that have ended since the start, however they did.</summary>
    public long HandledCount => Interlocked.Read(ref _handled);

    internal WorkQueueHost Host { get; }

    internal QueueConsumerOptions Options { get; }

    internal JobHandler Handler { get; }

    internal QueueOptions QueueOptions { get; }

    internal TimeSpan AckTimeout { get; }

    internal ILogger Logger => Host.Logger;

    internal HandlerPace Pace { get; }

    /// <summary>Whether the time for the drain is over.</summary>
    internal bool IsCutShort { get; private set; }

    private TimeSpan RenewAfter { get; }

    /// <summary>
    /// Ends the consumer: it starts no more jobs, its handlers have <see cref="QueueConsumerOptions.DrainTimeout"/> to end, then they are
    /// cancelled and their jobs go back, uncounted.
    /// </summary>
    /// <returns>Completes when nothing of it is left in the store.</returns>
    public async ValueTask DisposeAsync()
    {
        await StopAsync(CancellationToken.None);
        Host.Remove(this);
    }

    internal Task StartAsync()
    {
        // Not on the caller's thread, nor in the order of its synchronization context.
        lock (_gate) return _starting ??= _ending is null ? Task.Run(SubscribeAsync) : Task.CompletedTask;
    }

    /// <summary>Begins no more jobs.</summary>
    internal void BeginStop()
    {
        lock (_gate)
        {
            if (_ending is null) _stopping.Cancel();
        }
    }

    /// <param name="hurry">Cancelled when the application cannot wait any longer.</param>
    internal Task StopAsync(CancellationToken hurry)
    {
        lock (_gate) return _ending ??= DrainAsync(hurry);
    }

    /// <summary>The next job for a worker; null: there will be none.</summary>
    internal ValueTask<QueuedDelivery?> ReadNextAsync() =>
        !_stopping.IsCancellationRequested && _arrivals.Reader.TryRead(out var arrival)
            ? ValueTask.FromResult<QueuedDelivery?>(arrival)
            : WaitAsync();

    private async ValueTask<QueuedDelivery?> WaitAsync()
    {
        try
        {
            while (!_stopping.IsCancellationRequested && await _arrivals.Reader.WaitToReadAsync(_stopping.Token))
            {
                if (_arrivals.Reader.TryRead(out var arrival)) return arrival;
            }
        }
        catch (OperationCanceledException)
        {
            // That is how it ends.
        }

        return null;
    }

    internal void OnHandled() => Interlocked.Increment(ref _handled);

    private async Task SubscribeAsync()
    {
        try
        {
            var options = new SubscriptionOptions
            {
                MaxInFlight = Options.Concurrency + Options.Prefetch,
                AckTimeout = AckTimeout,
                Fenced = Options.Fenced,
            };
            _workers = new QueueWorker[Options.Concurrency];
            for (var i = 0; i < _workers.Length; i++) _workers[i] = new QueueWorker(this);
            _subscription = await _queue.SubscribeAsync(options, OnDelivery, OnClosed);
            // Before the first handler runs, and none of them on this thread, which others wait for.
            var interval = TimeSpan.FromTicks(Math.Min(RenewAfter.Ticks, Options.MaxProcessingTime.Ticks / 10));
            _clock = LeaseClock.Start(Host.Time, interval, RenewLeases);
            _running = Task.WhenAll(Array.ConvertAll(_workers, static worker => Task.Run(worker.RunAsync)));
            QueueLog.Consuming(Logger, QueueName, Options.Concurrency);
            _started.TrySetResult();
        }
        catch (Exception failure)
        {
            QueueLog.NotConsuming(Logger, failure, QueueName);
            _started.TrySetException(failure);
            throw;
        }
    }

    private async Task DrainAsync(CancellationToken hurry)
    {
        await Task.Yield();
        await _stopping.CancelAsync();
        try
        {
            await (_starting ?? Task.CompletedTask);
        }
#pragma warning disable CA1031 // It is logged, and Started says so.
        catch (Exception)
#pragma warning restore CA1031
        {
            _started.TrySetCanceled(CancellationToken.None);
            return;
        }

        _started.TrySetCanceled(CancellationToken.None);
        if (!await HasEndedAsync(Options.DrainTimeout, hurry))
        {
            IsCutShort = true;
            foreach (var worker in _workers) worker.Stop();
            if (!await HasEndedAsync(NoticeTime, CancellationToken.None)) QueueLog.HandlersLeft(Logger, QueueName);
        }

        _clock?.Dispose();
        if (_subscription is not null) await _subscription.DisposeAsync();
        if (!_running.IsCompleted) return;
        foreach (var worker in _workers) worker.Dispose();
        _stopping.Dispose();
    }

    private async Task<bool> HasEndedAsync(TimeSpan within, CancellationToken hurry)
    {
        try
        {
            await _running.WaitAsync(within, Host.Time, hurry);
            return true;
        }
        catch (Exception failure) when (failure is TimeoutException or OperationCanceledException)
        {
            return false;
        }
    }

    /// <summary>On the store's own thread.</summary>
    private void OnDelivery(Delivery delivery) => _arrivals.Writer.TryWrite(new QueuedDelivery(delivery, Host.Time.GetTimestamp()));

    private void OnClosed(Exception? failure) => _arrivals.Writer.TryComplete();

    /// <summary>From time to time, on the clock's thread.</summary>
    private void RenewLeases()
    {
        foreach (var worker in _workers) worker.RenewOrCancel(RenewAfter);

        // What no worker has come to goes back before its lease ends, which would count as a failure: prefetched, or handed out during the
        // drain.
        while (_arrivals.Reader.TryPeek(out var oldest) && Host.Time.GetElapsedTime(oldest.At) >= RenewAfter)
        {
            if (_arrivals.Reader.TryRead(out var taken)) _ = taken.Delivery.ReleaseAsync();
        }
    }
}
