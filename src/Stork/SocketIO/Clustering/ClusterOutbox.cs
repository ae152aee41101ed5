namespace Stork.SocketIO.Clustering;

/// <summary>
/// Messages on their way to the bus, in the order they were sent. What is sent before the bus is open waits for it, so that no event of a
/// starting application is lost to the others. An open bus is called where the message is sent, without a queue between.
/// </summary>
/// <param name="limit">Messages that may wait.</param>
/// <param name="publish">Calls the bus.</param>
/// <param name="onDropped">Is told of what is not sent since too much waits.</param>
/// <param name="reports">Where that is counted.</param>
internal sealed class ClusterOutbox(
    int limit, Func<ClusterMessage, string?, ValueTask> publish, Action<ClusterMessage> onDropped, ClusterReports reports)
{
    private readonly Lock _gate = new();
    private readonly Queue<(ClusterMessage Message, string? To)> _early = [];
    private volatile State _state;
    private int _pending;

    private enum State
    {
        /// <summary>What is sent waits.</summary>
        Waiting,
        Open,

        /// <summary>What is sent is for nobody any more.</summary>
        Closed,
    }

    /// <summary>Sends a message to all other servers, or to one; what fails is told of, not thrown.</summary>
    /// <returns>Completes at once while few messages are on their way, since there is nothing to learn from the bus; when half of what may
    /// be is, it completes when the bus has taken the message, so that whoever sends more than the bus takes is slowed down before
    /// messages are dropped.</returns>
    public ValueTask SendAsync(ClusterMessage message, string? to = null)
    {
        if (_state == State.Open) return Publish(message, to);
        lock (_gate)
        {
            if (_state == State.Closed) return ValueTask.CompletedTask;
            if (_state == State.Waiting)
            {
                if (_early.Count < limit)
                {
                    _early.Enqueue((message, to));
                    return ValueTask.CompletedTask;
                }
            }
        }

        return _state == State.Open ? Publish(message, to) : Drop(message);
    }

    /// <summary>The bus is open: what has waited goes first.</summary>
    public void Open()
    {
        while (true)
        {
            (ClusterMessage Message, string? To) next;
            lock (_gate)
            {
                if (_state == State.Closed) return;
                if (!_early.TryDequeue(out next))
                {
                    _state = State.Open;
                    return;
                }
            }

            _ = Publish(next.Message, next.To);
        }
    }

    public void Close()
    {
        lock (_gate)
        {
            _state = State.Closed;
            _early.Clear();
        }
    }

    private ValueTask Publish(ClusterMessage message, string? to)
    {
        if (Interlocked.Increment(ref _pending) > limit)
        {
            Interlocked.Decrement(ref _pending);
            return Drop(message);
        }

        ValueTask publishing;
        try
        {
            publishing = publish(message, to);
        }
        catch (Exception exception)
        {
            publishing = ValueTask.FromException(exception);
        }

        return FinishAsync(publishing);
    }

    private ValueTask Drop(ClusterMessage message)
    {
        reports.Drop(ClusterDropReason.TooManyPending);
        onDropped(message);
        return ValueTask.CompletedTask;
    }

    private ValueTask FinishAsync(ValueTask publishing)
    {
        if (!publishing.IsCompletedSuccessfully)
        {
            var finishing = AwaitAsync(publishing);
            return Volatile.Read(ref _pending) > limit / 2 ? new ValueTask(finishing) : ValueTask.CompletedTask;
        }

        publishing.GetAwaiter().GetResult();
        Interlocked.Decrement(ref _pending);
        reports.Sent();
        return ValueTask.CompletedTask;
    }

    private async Task AwaitAsync(ValueTask publishing)
    {
        try
        {
            await publishing;
            reports.Sent();
        }
        catch (Exception exception)
        {
            reports.FailToSend(exception);
        }
        finally
        {
            Interlocked.Decrement(ref _pending);
        }
    }
}
