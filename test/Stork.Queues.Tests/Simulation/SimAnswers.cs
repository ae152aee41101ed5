namespace Stork.Queues.Tests.Simulation;

/// <summary>The requests that have no answer yet, each with what its answer changes.</summary>
internal sealed class SimAnswers
{
    private readonly List<(Task Task, Action<bool> Done)> _waiting = [];

    public int Count => _waiting.Count;

    public void Expect<T>(Task<T> task, Action<T> told, Action<QueueErrorCode?> failed) =>
        _waiting.Add((task, success =>
        {
            if (success) told(task.Result);
            else failed(((task.Exception?.InnerException as QueueException)?.Code));
        }));

    /// <summary>Takes note of what was told.</summary>
    public void Observe()
    {
        for (var i = _waiting.Count - 1; i >= 0; i--)
        {
            var (task, done) = _waiting[i];
            if (!task.IsCompleted) continue;
            _waiting.RemoveAt(i);
            done(task.IsCompletedSuccessfully);
        }
    }

    /// <summary>Nobody answers any more: what became of them stays unknown.</summary>
    public void GiveUp()
    {
        foreach (var (_, done) in _waiting) done(false);
        _waiting.Clear();
    }
}
