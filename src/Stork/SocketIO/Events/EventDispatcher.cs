using Stork.Wire;

namespace Stork.SocketIO.Events;

/// <summary>
/// The order of what happens to one socket: received events are handled as they came, at most
/// <see cref="SocketIOOptions.MaxConcurrentHandlers"/> at a time, and the disconnect last.
/// </summary>
/// <remarks>The socket's lock guards all fields. An event that need not wait is handled on the thread that received it, over the received
/// bytes.</remarks>
internal sealed class EventDispatcher(Socket socket)
{
    /// <summary>Entries for which a socket keeps the room when nothing waits any more.</summary>
    private const int KeptEntries = 1024;

    private Queue<Packet>? _waiting;
    private DisconnectReason? _end;
    private int _running;

    // From the answer to CONNECT until the connection handlers are done.
    private bool _areEventsHeld;

    // With several handlers at a time: a thread is about to call one, and the event behind it waits for that, to keep the order.
    private bool _isStarting;

    /// <summary>Whether as many events wait as may.</summary>
    public bool IsFull
    {
        get
        {
            // Read without the lock: only the receiving thread adds, and it asks behind that; whoever removes sees to it that it is asked
            // again.
            return _waiting is { } waiting && waiting.Count >= socket.Server.Options.MaxPendingEvents;
        }
    }

    /// <summary>Events wait from now on, until <see cref="Release"/>.</summary>
    public void Hold()
    {
        lock (socket.Gate) _areEventsHeld = true;
    }

    public void Release()
    {
        lock (socket.Gate) _areEventsHeld = false;
        Drain();
    }

    /// <summary>Handles the event at once, over the received bytes, or adds a copy of it to the ones that wait.</summary>
    public void OnEvent(in Packet packet)
    {
        lock (socket.Gate)
        {
            // Neither connected nor gone, but held: the answer to CONNECT has left, and a quick client need not wait for us to remember it.
            if (socket.IsGone || (!socket.Connected && !_areEventsHeld)) return;
            if (_areEventsHeld || _isStarting || _running >= socket.Server.Options.MaxConcurrentHandlers || _waiting is { Count: > 0 })
            {
                (_waiting ??= []).Enqueue(packet.Copy());
                socket.Client.Backlog.Add(packet, socket);
                return;
            }

            BeginHandling();
        }

        var handling = HandlerRunner.RunAsync(socket, packet);
        if (_isStarting) OnStarted();
        if (!handling.IsCompletedSuccessfully) _ = FinishAsync(handling);
        else if (EndHandling()) Drain();
    }

    /// <summary>Forgets the events that wait.</summary>
    /// <returns>How many they were.</returns>
    public int DropEvents()
    {
        lock (socket.Gate)
        {
            var count = _waiting?.Count ?? 0;
            while (_waiting is { Count: > 0 } waiting) socket.Client.Backlog.Remove(waiting.Dequeue(), socket, isLast: waiting.Count == 0);
            _waiting = null;
            return count;
        }
    }

    /// <summary>The socket has ended: its disconnect handlers are called behind all that waits.</summary>
    public void End(DisconnectReason reason)
    {
        lock (socket.Gate) _end = reason;
        // The caller may be a timer, a broadcast or a connection's reader: the application's handlers must not run on its time.
        ThreadPool.UnsafeQueueUserWorkItem(static dispatcher => dispatcher.Drain(), this, preferLocal: false);
    }

    /// <summary>One more handler. The caller holds the lock; what it begins ends with <see cref="OnStarted"/>, and later with
    /// <see cref="EndHandling"/>.</summary>
    private void BeginHandling()
    {
        _running++;
        _isStarting = socket.Server.Options.MaxConcurrentHandlers > 1;
    }

    private void OnStarted()
    {
        lock (socket.Gate)
        {
            _isStarting = false;
            if (_waiting is null or { Count: 0 } && _end is null) return;
        }

        Drain();
    }

    private async Task FinishAsync(ValueTask handling)
    {
        try
        {
            await handling;
        }
        finally
        {
            // Whoever completed what the handler waited for has its own work to do, not the next event as well; that is handled in the
            // context of this one.
            if (EndHandling()) ThreadPool.QueueUserWorkItem(static dispatcher => dispatcher.Drain(), this, preferLocal: true);
        }
    }

    /// <summary>A handler has ended.</summary>
    /// <returns>Whether something waits for that.</returns>
    private bool EndHandling()
    {
        lock (socket.Gate)
        {
            _running--;
            return _waiting is { Count: > 0 } || _end is not null;
        }
    }

    /// <summary>Starts what waits, as far as it may run; after the last event come the disconnect handlers.</summary>
    private void Drain()
    {
        var batch = OutputBatch.Enter();
        try
        {
            while (TryDequeue(out var packet, out var end))
            {
                if (end is { } ending)
                {
                    _ = socket.Lifetime.EndAsync(ending);
                    return;
                }

                var handling = HandlerRunner.RunAsync(socket, packet);
                var isDone = handling.IsCompletedSuccessfully;
                lock (socket.Gate)
                {
                    _isStarting = false;
                    if (isDone) _running--;
                }

                if (!isDone) _ = FinishAsync(handling);
            }
        }
        finally
        {
            batch.Exit();
        }
    }

    /// <summary>The next event that may be handled now, or the end.</summary>
    private bool TryDequeue(out Packet packet, out DisconnectReason? end)
    {
        packet = default;
        end = null;
        lock (socket.Gate)
        {
            if (_areEventsHeld || _isStarting) return false;
            if (_waiting is { Count: > 0 } waiting)
            {
                if (_running >= socket.Server.Options.MaxConcurrentHandlers) return false;
                packet = waiting.Dequeue();
                BeginHandling();
                if (waiting.Count == 0 && waiting.Capacity > KeptEntries) _waiting = null;
                socket.Client.Backlog.Remove(packet, socket, isLast: waiting.Count == 0);
                return true;
            }

            if (_end is null || _running > 0) return false;
            (end, _end) = (_end, null);
            return true;
        }
    }
}
