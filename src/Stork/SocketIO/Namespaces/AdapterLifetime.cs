namespace Stork.SocketIO.Namespaces;

/// <summary>
/// Start and end of a namespace's adapter: it is started once, and after a failure once more; stopped once, and never while it starts. The
/// adapter is the application's: nothing of it is called under the lock, for which every client of the namespace would wait.
/// </summary>
internal sealed class AdapterLifetime(Namespace nsp)
{
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private Task? _starting;
    private CancellationTokenSource? _starter;
    private Task? _stopped;

    /// <summary>Starts the adapter, or waits for the start that is under way.</summary>
    /// <exception cref="ConnectErrorException">It cannot be started, so nobody may join.</exception>
    public Task StartAsync()
    {
        TaskCompletionSource mine;
        lock (_gate)
        {
            if (_starting is { IsFaulted: false }) return _starting;
            mine = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _starting = mine.Task;
        }

        _ = StartAsync(mine);
        return mine.Task;
    }

    /// <summary>Stops the adapter, once it has started or failed to; waits no longer than <see cref="StopLimit"/>. Later calls wait for the
    /// same.</summary>
    public Task StopAsync()
    {
        TaskCompletionSource mine;
        lock (_gate)
        {
            if (_stopped is not null) return _stopped;
            mine = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _stopped = mine.Task;
        }

        _ = StopAsync(mine);
        return mine.Task;
    }

    private async Task StartAsync(TaskCompletionSource started)
    {
        using var starter = new CancellationTokenSource();
        try
        {
            lock (_gate)
            {
                if (_stopped is not null) throw new OperationCanceledException("The namespace has gone.");
                _starter = starter;
            }

            await nsp.RequireAdapter().StartAsync(starter.Token);
            started.SetResult();
        }
        catch (Exception exception)
        {
            Log.AdapterNotStarted(nsp.Server.Logger, exception, nsp.Name);
            started.SetException(new ConnectErrorException("Namespace unavailable"));
        }
        finally
        {
            lock (_gate) _starter = null;
        }
    }

    private async Task StopAsync(TaskCompletionSource stopped)
    {
        using var limit = new CancellationTokenSource(StopLimit, nsp.Server.Engine.Time);
        try
        {
            if (CancelStart() is { IsCompleted: false } starting)
                await starting.WaitAsync(limit.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await nsp.RequireAdapter().StopAsync(limit.Token).AsTask().WaitAsync(limit.Token);
        }
        catch (Exception exception)
        {
            Log.AdapterFailed(nsp.Server.Logger, exception, nsp.Name);
        }

        stopped.SetResult();
    }

    /// <summary>Gives up a start that is under way.</summary>
    /// <returns>The last one, over or not; null if there was none.</returns>
    private Task? CancelStart()
    {
        lock (_gate)
        {
            // Callbacks run elsewhere; and the source is not disposed before this lock was free.
            _ = _starter?.CancelAsync();
            return _starting;
        }
    }
}
