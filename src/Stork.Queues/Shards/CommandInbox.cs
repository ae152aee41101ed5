namespace Stork.Queues.Shards;

/// <summary>
/// The commands that have come and have not run. They come from any thread and run on the shard's, in the order of their coming. What they
/// hold in memory is bounded: a producer's command for which there is no room waits in line, and with it whatever producers submit later.
/// <code>
/// Submit ───────────────────────► pending ─► taken ─► run
/// SubmitAsync ─► line (no room) ────▲
/// </code>
/// Acknowledgements that come one behind the other are put into one command, as long as that is the last of the pending ones: their order
/// among all that comes is kept.
/// Pending and line are guarded by the gate; taken is the shard's thread's alone. Under the gate no other lock is taken, and no code of the
/// application runs.
/// </summary>
/// <param name="maxPendingBytes">Bytes of commands that may be pending before producers wait.</param>
/// <param name="muchBytes">Pending bytes that are much.</param>
/// <param name="wake">Called when a command came while none was pending, and when much became pending.</param>
internal sealed class CommandInbox(long maxPendingBytes, int muchBytes, Action wake)
{
    private readonly Lock _gate = new();
    private List<Command> _pending = [];
    private long _pendingBytes;
    private readonly LinkedList<Waiter> _line = [];
    private readonly Stack<AckBatch> _spareAcks = new();
    private Exception? _closed;

    private List<Command> _taken = [];
    private int _next;

    /// <summary>Bytes of the commands that are pending.</summary>
    public long PendingBytes
    {
        get
        {
            lock (_gate) return _pendingBytes;
        }
    }

    /// <summary>How many commands have not run. Asked by the shard's thread.</summary>
    public int Waiting
    {
        get
        {
            lock (_gate) return _taken.Count - _next + _pending.Count + _line.Count;
        }
    }

    /// <summary>Whether so much waits that it is worth a frame while the log is synced. Asked by the shard's thread.</summary>
    public bool IsMuchWaiting
    {
        get
        {
            lock (_gate) return _next < _taken.Count || _pendingBytes >= muchBytes || _line.Count > 0;
        }
    }

    /// <summary>Whether new commands are refused. Asked by the shard's thread, which closes it.</summary>
    public bool IsClosed => _closed is not null;

    /// <summary>The next of the commands that were taken; null: all of them have run.</summary>
    public Command? Next => _next < _taken.Count ? _taken[_next] : null;

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
        else if (isFirst) wake();
    }

    /// <summary>As <see cref="Submit"/>, for what most consumers say.</summary>
    public void Acknowledge(in AckBatch.Ack ack)
    {
        bool isFirst;
        lock (_gate)
        {
            if (_closed is not null) return;
            if (_pending.Count > 0 && _pending[^1] is AckBatch last && last.TryAdd(ack))
            {
                isFirst = AddBytes(AckBatch.BytesEach);
            }
            else
            {
                var batch = _spareAcks.TryPop(out var spare) ? spare : new AckBatch();
                batch.TryAdd(ack);
                isFirst = Add(batch);
            }
        }

        if (isFirst) wake();
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
        else if (isFirst) wake();
        return ValueTask.CompletedTask;
    }

    /// <summary>From now on everything is refused; what came before is still to be run.</summary>
    public void Close(Exception reason)
    {
        lock (_gate) _closed ??= reason;
    }

    /// <summary>Takes what is pending, if all that was taken before has run. Those in line move up.</summary>
    public void TakePending()
    {
        if (_next < _taken.Count) return;
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

    /// <summary><see cref="Next"/> has run, or is refused.</summary>
    public void MoveNext()
    {
        if (_taken[_next++] is not AckBatch acks) return;
        acks.Clear();
        lock (_gate) _spareAcks.Push(acks);
    }

    /// <summary>Takes out the producers' commands, wherever they are. Nobody waits in line then.</summary>
    /// <param name="producers">Gets them, in their order.</param>
    public void RemoveProducers(List<Command> producers)
    {
        for (var i = _next; i < _taken.Count; i++)
            if (_taken[i].IsProducer) producers.Add(_taken[i]);
        _taken.RemoveRange(0, _next);
        _next = 0;
        _taken.RemoveAll(static c => c.IsProducer);
        lock (_gate)
        {
            foreach (var command in _pending)
            {
                if (!command.IsProducer) continue;
                producers.Add(command);
                _pendingBytes -= command.HeldBytes;
            }

            _pending.RemoveAll(static c => c.IsProducer);
            foreach (var waiter in _line)
            {
                if (waiter.Command.IsProducer) producers.Add(waiter.Command);
                else Add(waiter.Command);
                waiter.TrySetResult();
            }

            _line.Clear();
        }
    }

    /// <summary>Fails all that has not run, and whatever will come.</summary>
    public void FailAll(Exception reason)
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

    private async Task WaitAsync(Waiter waiter, LinkedListNode<Waiter> place, CancellationToken cancellationToken)
    {
        var cancellation = cancellationToken.UnsafeRegister(
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
        await using (cancellation.ConfigureAwait(false)) await waiter.Task.ConfigureAwait(false);
    }

    private bool HasRoom(Command command) => _pendingBytes == 0 || _pendingBytes <= maxPendingBytes - command.HeldBytes;

    /// <summary>
    /// The caller holds the gate. True if somebody has to be woken: for the first, and for the one that makes much of it.
    /// </summary>
    private bool Add(Command command)
    {
        _pending.Add(command);
        return AddBytes(command.HeldBytes) | _pending.Count == 1;
    }

    /// <summary>The caller holds the gate. True if they make much of what is pending.</summary>
    private bool AddBytes(int bytes)
    {
        var before = _pendingBytes;
        _pendingBytes += bytes;
        return before < muchBytes && _pendingBytes >= muchBytes;
    }

    /// <summary>Completes when its command has been submitted, or refused.</summary>
    private sealed class Waiter(Command command) : TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public Command Command => command;
    }
}
