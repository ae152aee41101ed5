namespace Stork.Queues.Shards;

/// <summary>How commands come in from other threads.</summary>
internal sealed partial class Shard
{
    private readonly Lock _gate = new();
    private List<Command> _pending = [];
    private long _pendingBytes;

    // Producers' commands for which there was no room, in the order they came: nobody gets ahead of them.
    private readonly LinkedList<Waiter> _line = [];
    private Exception? _closed;

    /// <summary>Called when a command came while none waited; set by who calls <see cref="Turn"/>.</summary>
    public Action? Wake { get; set; }

    /// <summary>Why the shard takes nothing any more.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>Why producers are refused; null: they are not.</summary>
    public string? Refusal => _core.ProducerRefusal;

    public bool ClockSuspect { get; private set; }

    /// <summary>Bytes of the commands that wait.</summary>
    public long PendingBytes
    {
        get
        {
            lock (_gate) return _pendingBytes;
        }
    }

    /// <summary>How many commands have not run. Asked by the thread that calls <see cref="Turn"/>.</summary>
    public int Waiting
    {
        get
        {
            lock (_gate) return _taken.Count - _next + _pending.Count + _line.Count;
        }
    }

    /// <summary>Whether there is something to do, other than to wait for the disk to take it. Asked by the thread that calls <see cref="Turn"/>.</summary>
    public bool IsBehind => Failure is null && _fullSince is null && (_running is not null || _untold.Count > 0 || _core.HasDirty || Waiting > 0);

    /// <summary>Whether so much waits that it is worth a frame while the log is synced.</summary>
    private bool IsMuchWaiting
    {
        get
        {
            lock (_gate) return _next < _taken.Count || _pendingBytes >= _options.OverlapBytes || _line.Count > 0;
        }
    }

    /// <summary>Whatever else may wait, the command comes next.</summary>
    public void Submit(Command command)
    {
        Exception? closed;
        var isFirst = false;
        lock (_gate)
        {
            closed = _closed;
            if (closed is null) isFirst = Add(command);
        }

        if (closed is not null) command.Fail(closed);
        else if (isFirst) Wake?.Invoke();
    }

    /// <summary>Submits a producer's command: at once unless very much is waiting, and always in the order of the calls.</summary>
    public ValueTask SubmitAsync(Command command, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested) return ValueTask.FromCanceled(cancellationToken);
        Exception? closed;
        var isFirst = false;
        lock (_gate)
        {
            closed = _closed;
            if (closed is null && (_line.Count > 0 || !HasRoom(command)))
            {
                var waiter = new Waiter(command);
                return new ValueTask(WaitAsync(waiter, _line.AddLast(waiter), cancellationToken));
            }

            if (closed is null) isFirst = Add(command);
        }

        if (closed is not null) command.Fail(closed);
        else if (isFirst) Wake?.Invoke();
        return ValueTask.CompletedTask;
    }

    /// <summary>From now on everything is refused; what came before is still to be run.</summary>
    public void CloseInbox()
    {
        lock (_gate) _closed ??= Closed();
    }

    private static QueueException Closed() => new(QueueErrorCode.Closed, "The store is closed.");

    private async Task WaitAsync(Waiter waiter, LinkedListNode<Waiter> place, CancellationToken cancellationToken)
    {
        await using var cancellation = cancellationToken.UnsafeRegister(
            _ =>
            {
                lock (_gate)
                {
                    if (place.List is null) return;
                    _line.Remove(place);
                }

                waiter.TrySetCanceled(cancellationToken);
            },
            null);
        await waiter.Task;
    }

    private bool HasRoom(Command command) => _pendingBytes == 0 || _pendingBytes <= _options.MaxPendingBytes - command.HeldBytes;

    /// <summary>The caller holds <c>_gate</c>. True if somebody has to be woken: for the first, and for the one that makes much of it.</summary>
    private bool Add(Command command)
    {
        _pending.Add(command);
        var before = _pendingBytes;
        _pendingBytes += command.HeldBytes;
        return _pending.Count == 1 || (before < _options.OverlapBytes && _pendingBytes >= _options.OverlapBytes);
    }

    private void Take()
    {
        _taken.Clear();
        _next = 0;
        lock (_gate)
        {
            (_pending, _taken) = (_taken, _pending);
            _pendingBytes = 0;
            while (_line.First is { } first && HasRoom(first.Value.Command))
            {
                _line.RemoveFirst();
                Add(first.Value.Command);
                first.Value.TrySetResult();
            }
        }
    }

    /// <summary>When the disk takes nothing producers learn it at once, while everything else waits.</summary>
    private void RefusePendingProducers(string why)
    {
        var reason = new QueueException(QueueErrorCode.StoreFull, why);
        for (var i = _next; i < _taken.Count; i++)
            if (_taken[i].IsProducer) _refused.Add((_taken[i], reason));
        _taken.RemoveRange(0, _next);
        _next = 0;
        _taken.RemoveAll(static c => c.IsProducer);
        lock (_gate)
        {
            foreach (var command in _pending)
            {
                if (!command.IsProducer) continue;
                _refused.Add((command, reason));
                _pendingBytes -= command.HeldBytes;
            }

            _pending.RemoveAll(static c => c.IsProducer);
            foreach (var waiter in _line)
            {
                if (waiter.Command.IsProducer) _refused.Add((waiter.Command, reason));
                else Add(waiter.Command);
                waiter.TrySetResult();
            }

            _line.Clear();
        }
    }

    private void FailPending(Exception reason)
    {
        List<Command> pending;
        Waiter[] line;
        lock (_gate)
        {
            _closed ??= reason;
            pending = _pending;
            _pending = [];
            _pendingBytes = 0;
            line = [.. _line];
            _line.Clear();
        }

        for (var i = _next; i < _taken.Count; i++) _taken[i].Fail(reason);
        _taken.Clear();
        _next = 0;
        foreach (var command in pending) command.Fail(reason);
        foreach (var waiter in line)
        {
            waiter.Command.Fail(reason);
            waiter.TrySetResult();
        }
    }

    /// <summary>Completes when its command has been submitted, or refused.</summary>
    private sealed class Waiter(Command command) : TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public Command Command => command;
    }
}
