using Stork.Queues.Rules;
using Stork.Queues.Shards;

namespace Stork.Queues.Tests.Simulation;

/// <summary>
/// Syncs that take a while: the disk does it at the beginning or at the end, and the shard hears of it
/// when it looks for the third time at most. A machine that stops meanwhile never says so.
/// </summary>
internal sealed class SimSync(SplitMix random) : ISyncWorker
{
    private const int MostLooks = 3;

    private Action? _sync;
    private int _looks;

    /// <summary>How many were begun.</summary>
    public int Count { get; private set; }

    public bool IsDone
    {
        get
        {
            if (_looks-- > 0) return false;
            Run();
            return true;
        }
    }

    public Exception? Failure { get; private set; }

    public void Begin(Action sync)
    {
        Count++;
        (_sync, Failure) = (sync, null);
        _looks = (int)(random.Next() % (MostLooks + 1));
        if (random.NextDouble() < 0.5) Run();
    }

    public void Wait()
    {
        _looks = 0;
        Run();
    }

    public void Dispose()
    {
        // It runs in the shard's own thread.
    }

    private void Run()
    {
        if (_sync is not { } sync) return;
        _sync = null;
        try
        {
            sync();
        }
        catch (Exception failure) when (failure is IOException or SimulatedCrashException)
        {
            Failure = failure;
        }
    }
}
