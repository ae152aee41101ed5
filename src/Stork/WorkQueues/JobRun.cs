using Stork.Queues;

namespace Stork.WorkQueues;

/// <summary>One delivery in the hands of one handler.</summary>
internal sealed class JobRun(QueueWorker worker, Delivery delivery, IServiceProvider services)
{
    private volatile bool _isSettled;
    private object? _owned;

    public Delivery Delivery => delivery;

    public IServiceProvider Services => services;

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

    public async ValueTask DisposeOwnedAsync()
    {
        if (_owned is IAsyncDisposable async) await async.DisposeAsync();
        else if (_owned is IDisposable sync) sync.Dispose();
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
