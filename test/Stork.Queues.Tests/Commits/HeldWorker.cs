using Stork.Queues.Shards;

namespace Stork.Queues.Tests.Commits;

/// <summary>Runs a commit when the test says so.</summary>
internal sealed class HeldWorker : ISyncWorker
{
    private Action? _commit;

    /// <summary>A commit was begun and has not been run.</summary>
    public bool IsHolding => _commit is not null;

    public bool IsDone => _commit is null;

    public Exception? Failure { get; private set; }

    public void Begin(Action sync) => (_commit, Failure) = (sync, null);

    public void Wait() => Release();

    public void Release()
    {
        var commit = _commit;
        _commit = null;
        try
        {
            commit?.Invoke();
        }
        catch (IOException failure)
        {
            Failure = failure;
        }
    }

    public void Dispose()
    {
        // It has no thread.
    }
}
