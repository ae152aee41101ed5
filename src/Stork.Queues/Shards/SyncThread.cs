namespace Stork.Queues.Shards;

/// <summary>
/// A thread of its own, because one of the pool may come late when the application needs them all. It starts with the first sync.
/// </summary>
/// <param name="done">Called, by that thread, when a sync has come to an end.</param>
/// <param name="start">Starts a thread; null: as usual.</param>
internal sealed class SyncThread(Action done, Func<Thread, bool>? start = null) : ISyncWorker
{
    private readonly AutoResetEvent _begun = new(initialState: false);
    private readonly ManualResetEventSlim _done = new(initialState: true);
    private Thread? _thread;
    private Action? _sync;

    public bool IsDone => _done.IsSet;

    public Exception? Failure { get; private set; }

    public void Begin(Action sync)
    {
        _done.Reset();
        (_sync, Failure) = (sync, null);
        if (_thread is null)
        {
            var thread = new Thread(Run) { IsBackground = true, Name = "stork-sync" };
            if (!(start ?? TryStart)(thread))
            {
                // There may be one for the next sync.
                Sync(sync);
                return;
            }

            _thread = thread;
        }

        _begun.Set();
    }

    public void Wait() => _done.Wait();

    public void Dispose()
    {
        _done.Wait();
        _sync = null;
        _begun.Set();
        _thread?.Join();
        _begun.Dispose();
        _done.Dispose();
    }

    /// <summary>False if the system has no thread left, or no memory for one: no reason to give the store up.</summary>
    private static bool TryStart(Thread thread)
    {
        try
        {
            thread.Start();
            return true;
        }
        catch (Exception refusal) when (refusal is OutOfMemoryException or ThreadStartException)
        {
            return false;
        }
    }

    private void Run()
    {
        while (true)
        {
            _begun.WaitOne();
            if (_sync is not { } sync) return;
            Sync(sync);
        }
    }

    private void Sync(Action sync)
    {
        try
        {
            sync();
        }
#pragma warning disable CA1031 // Whatever goes wrong, the shard's thread is told and decides.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            Failure = failure;
        }

        _done.Set();
        done();
    }
}
