namespace Stork.Redis.Streams;

/// <summary>How far a stream was read, and who waits for more.</summary>
internal sealed class OffsetWaiters
{
    private readonly Lock _gate = new();
    private readonly List<(EventOffset Offset, TaskCompletionSource Reached)> _waiting = [];
    private EventOffset _position;

    public EventOffset Position
    {
        get
        {
            lock (_gate) return _position;
        }
    }

    public void Reach(EventOffset position)
    {
        lock (_gate)
        {
            _position = position;
            for (var i = _waiting.Count - 1; i >= 0; i--)
            {
                if (_waiting[i].Offset.CompareTo(position) > 0) continue;
                _waiting[i].Reached.TrySetResult();
                _waiting.RemoveAt(i);
            }
        }
    }

    public async Task WaitForAsync(EventOffset offset, CancellationToken cancellationToken)
    {
        (EventOffset Offset, TaskCompletionSource Reached) waiting;
        lock (_gate)
        {
            if (offset.CompareTo(_position) <= 0) return;
            waiting = (offset, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
            _waiting.Add(waiting);
        }

        try
        {
            await waiting.Reached.Task.WaitAsync(cancellationToken);
        }
        finally
        {
            lock (_gate) _waiting.Remove(waiting);
        }
    }
}
