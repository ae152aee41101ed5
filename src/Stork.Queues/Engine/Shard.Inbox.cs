namespace Stork.Queues.Engine;

/// <summary>How commands come in from other threads.</summary>
internal sealed partial class Shard
{
    private readonly Lock _gate = new();
    private List<Command> _pending = [];
    private long _pendingBytes;
    private TaskCompletionSource? _drained;
    private Exception? _closed;

    /// <summary>Called when a command came while none waited; set by who calls <see cref="Turn"/>.</summary>
    public Action? Wake { get; set; }

    /// <summary>Why the shard takes nothing any more.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>Why producers are refused; null: they are not.</summary>
    public string? SpaceError { get; private set; }

    public bool ClockSuspect { get; private set; }

    public bool HasPending
    {
        get
        {
            lock (_gate) return _pending.Count > 0;
        }
    }

    /// <summary>Bytes of the commands that wait.</summary>
    public long PendingBytes
    {
        get
        {
            lock (_gate) return _pendingBytes;
        }
    }

    public void Submit(Command command) => TrySubmit(command, long.MaxValue, out _);

    /// <summary>Submits a producer's command: at once unless very much is waiting.</summary>
    public async ValueTask SubmitAsync(Command command, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        while (!TrySubmit(command, _options.MaxPendingBytes, out var drained)) await drained.WaitAsync(cancellationToken);
    }

    /// <summary>False if more bytes than the limit would wait; then <paramref name="drained"/> is what to wait for.</summary>
    private bool TrySubmit(Command command, long limit, out Task drained)
    {
        Exception? closed;
        var first = false;
        drained = Task.CompletedTask;
        lock (_gate)
        {
            closed = _closed;
            if (closed is null)
            {
                if (_pendingBytes > 0 && _pendingBytes > limit - command.HeldBytes)
                {
                    _drained ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                    drained = _drained.Task;
                    return false;
                }

                first = _pending.Count == 0;
                _pending.Add(command);
                _pendingBytes += command.HeldBytes;
            }
        }

        if (closed is not null) command.Fail(closed);
        else if (first) Wake?.Invoke();
        return true;
    }

    private void Take()
    {
        _taken.Clear();
        _next = 0;
        TaskCompletionSource? drained;
        lock (_gate)
        {
            (_pending, _taken) = (_taken, _pending);
            _pendingBytes = 0;
            drained = _drained;
            _drained = null;
        }

        drained?.TrySetResult();
    }

    /// <summary>On a full disk producers learn it at once, while everything else waits for space.</summary>
    private void RefusePendingProducers()
    {
        var reason = new QueueException(QueueErrorCode.StoreFull, "The disk is full: no messages are accepted until there is room.");
        for (var i = _next; i < _taken.Count; i++)
            if (_taken[i].IsProducer) _refused.Add((_taken[i], reason));
        _taken.RemoveRange(0, _next);
        _next = 0;
        _taken.RemoveAll(static c => c.IsProducer);
        lock (_gate)
        {
            foreach (var command in _pending)
                if (command.IsProducer) _refused.Add((command, reason));
            _pending.RemoveAll(static c => c.IsProducer);
        }
    }

    private void FailPending(Exception reason)
    {
        List<Command> pending;
        TaskCompletionSource? drained;
        lock (_gate)
        {
            _closed ??= reason;
            pending = _pending;
            _pending = [];
            _pendingBytes = 0;
            drained = _drained;
            _drained = null;
        }

        for (var i = _next; i < _taken.Count; i++) _taken[i].Fail(reason);
        _taken.Clear();
        _next = 0;
        foreach (var command in pending) command.Fail(reason);
        drained?.TrySetResult();
    }
}
