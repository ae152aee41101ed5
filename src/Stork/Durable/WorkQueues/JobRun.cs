using Microsoft.Extensions.DependencyInjection;
using Stork.Queues;

namespace Stork.Durable.WorkQueues;

/// <summary>One delivery in the hands of one handler.</summary>
internal sealed class JobRun(QueueWorker worker, Delivery delivery) : IAsyncDisposable
{
    private static readonly object Ended = new();

    // An AsyncServiceScope, or that there will be none any more.
    private object? _scope;
    private volatile bool _isSettled;
    private object? _owned;

    public Delivery Delivery => delivery;

    /// <summary>Of a scope that is made when it is first asked for.</summary>
    public IServiceProvider Services
    {
        get
        {
            if (Volatile.Read(ref _scope) is null)
            {
                var made = worker.Consumer.Host.Services.CreateAsyncScope();
                // Somebody else was faster, or the job has ended: this one holds nothing yet.
                if (Interlocked.CompareExchange(ref _scope, made, null) is not null) made.Dispose();
            }

            return Volatile.Read(ref _scope) is AsyncServiceScope scope
                ? scope.ServiceProvider
                : throw new ObjectDisposedException(nameof(DeliveryContext));
        }
    }

    public QueueStore Store => worker.Consumer.Host.RequireStore();

    /// <summary>Whether the handler has said what becomes of the job; its end then says nothing more.</summary>
    public bool IsSettled => _isSettled;

    /// <exception cref="UnreadableJobException">The stored bytes are no such job.</exception>
    public DeliveryContext<T> Read<T>()
        where T : notnull
    {
        T? job;
        try
        {
            job = JobBody.Read<T>(worker.Consumer.Host.Serializer, delivery);
        }
        catch (Exception failure) when (failure is System.Text.Json.JsonException or InvalidOperationException or FormatException)
        {
            throw new UnreadableJobException(typeof(T), failure);
        }

        return job is null ? throw new UnreadableJobException(typeof(T), null) : new DeliveryContext<T>(this, job);
    }

    /// <summary>Keeps an object that was made for this delivery, to be disposed with it.</summary>
    public TOwned DisposeWithJob<TOwned>(TOwned made)
        where TOwned : class
    {
        _owned = made;
        return made;
    }

    /// <summary>Ends what was made for the job: its consumer, then its scope.</summary>
    public ValueTask DisposeAsync() =>
        _owned is null && Interlocked.CompareExchange(ref _scope, Ended, null) is null ? ValueTask.CompletedTask : DisposeMadeAsync();

    private async ValueTask DisposeMadeAsync()
    {
        try
        {
            if (_owned is IAsyncDisposable async) await async.DisposeAsync();
            else if (_owned is IDisposable sync) sync.Dispose();
        }
        finally
        {
            if (Interlocked.Exchange(ref _scope, Ended) is AsyncServiceScope scope) await scope.DisposeAsync();
        }
    }

    public async Task<SettleOutcome> SettleAsync(Task<SettleOutcome> settling, CancellationToken cancellationToken)
    {
        try
        {
            var outcome = await settling.WaitAsync(cancellationToken);
            _isSettled = true;
            return outcome;
        }
        catch (OperationCanceledException)
        {
            // Only the wait has ended: the store has been told.
            _isSettled = true;
            throw;
        }
    }

    public void MarkSettled() => _isSettled = true;

    public Task<SettleOutcome> ExtendAsync(TimeSpan? time, CancellationToken cancellationToken) =>
        worker.ExtendAsync(this, time, cancellationToken);
}
