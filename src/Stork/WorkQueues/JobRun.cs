using Microsoft.Extensions.DependencyInjection;
using Stork.Queues;

namespace Stork.WorkQueues;

/// <summary>One delivery in the hands of one handler.</summary>
internal sealed class JobRun(QueueWorker worker, Delivery delivery) : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private AsyncServiceScope? _scope;
    private volatile bool _isSettled;
    private bool _isDisposed;
    private object? _owned;

    public Delivery Delivery => delivery;

    /// <summary>Of a scope that is made when it is first asked for.</summary>
    public IServiceProvider Services
    {
        get
        {
            lock (_gate)
            {
                ObjectDisposedException.ThrowIf(_isDisposed, this);
                return (_scope ??= worker.Subscription.Host.Services.CreateAsyncScope()).ServiceProvider;
            }
        }
    }

    public QueueStore Store => worker.Subscription.Host.RequireStore();

    /// <summary>Whether the handler has said what becomes of the job; its end then says nothing more.</summary>
    public bool IsSettled => _isSettled;

    /// <exception cref="UnreadableJobException">The stored bytes are no such job.</exception>
    public DeliveryContext<T> Read<T>()
        where T : notnull
    {
        T? job;
        try
        {
            job = JobBody.Read<T>(worker.Subscription.Host.Serializer, delivery);
        }
        catch (Exception failure) when (failure is System.Text.Json.JsonException or InvalidOperationException or FormatException)
        {
            throw new UnreadableJobException(typeof(T), failure);
        }

        return job is null ? throw new UnreadableJobException(typeof(T), null) : new DeliveryContext<T>(this, job);
    }

    /// <summary>Keeps an object that was made for this delivery, to be disposed with it.</summary>
    public TOwned Own<TOwned>(TOwned made)
        where TOwned : class
    {
        _owned = made;
        return made;
    }

    /// <summary>Ends what was made for the job: its consumer, then its scope.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            if (_owned is IAsyncDisposable async) await async.DisposeAsync();
            else if (_owned is IDisposable sync) sync.Dispose();
        }
        finally
        {
            AsyncServiceScope? scope;
            lock (_gate) (scope, _isDisposed) = (_scope, true);
            if (scope is { } made) await made.DisposeAsync();
        }
    }

    public async Task<SettleOutcome> SettleAsync(Task<SettleOutcome> settling)
    {
        var outcome = await settling;
        _isSettled = true;
        return outcome;
    }

    public void MarkSettled() => _isSettled = true;

    public Task<SettleOutcome> ExtendAsync(TimeSpan? time) => worker.ExtendAsync(this, time);
}
