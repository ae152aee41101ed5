using System.Text.Json;
using Microsoft.Extensions.Logging;
using Stork.SocketIO.Events;
using Stork.Wire;

namespace Stork;

// Received events: in their order, at most MaxConcurrentHandlers at a time, the disconnect last.
public sealed partial class Socket
{
    /// <summary>Entries for which a socket keeps the room when nothing waits any more.</summary>
    private const int KeptEntries = 1024;

    private Queue<Packet>? _waiting;
    private DisconnectReason? _end;
    private int _running;
    private bool _isHeld;

    // With several handlers at a time: a thread is about to call one, and the event behind it waits for that, to keep the order.
    private bool _isStarting;

    /// <summary>Whether as many events wait as may.</summary>
    internal bool IsFull
    {
        get
        {
            // A look without the lock: only the receiving thread adds, and it asks behind that; whoever takes sees to it that it is asked again.
            return _waiting is { } waiting && waiting.Count >= Server.Options.MaxPendingEvents;
        }
    }

    private ILogger Logger => _client.Connection.Server.Logger;

    /// <summary>Handles the event at once, over the received bytes, or keeps a copy of it behind the ones that wait.</summary>
    internal void OnEvent(in Packet packet)
    {
        lock (_gate)
        {
            // Connecting and held: the answer to CONNECT has left, and a quick client need not wait for us to note it.
            if (_state == State.Disconnected || (_state == State.Connecting && !_isHeld)) return;
            if (_isHeld || _isStarting || _running >= Server.Options.MaxConcurrentHandlers || _waiting is { Count: > 0 })
            {
                (_waiting ??= []).Enqueue(Copy(packet));
                _client.AddWaiting(packet, this);
                return;
            }

            BeginHandling();
        }

        var handling = HandleAsync(packet);
        if (_isStarting) Started();
        if (handling.IsCompletedSuccessfully) Finished();
        else _ = FinishAsync(handling);
    }

    internal EventArguments CopyArguments(in Packet packet) => new(packet.Payload.ToArray(), skipped: 1, packet.Attachments, Server.Serializer);

    internal SocketEvent CopyEvent(in Packet packet, Acknowledgement acknowledgement) =>
        new(this, EventName.Table.GetText(packet.EventName.Span, _listeners), CopyArguments(packet), acknowledgement.IsRequested ? acknowledgement : null);

    /// <summary>A copy that does not share the receive buffer. Attachments were copied when they came.</summary>
    internal static Packet Copy(in Packet packet) =>
        new(packet.Type, packet.Namespace.ToArray(), packet.AckId, packet.Payload.ToArray(), packet.EventName.ToArray(), packet.Attachments);

    /// <summary>Forgets the events that wait.</summary>
    /// <returns>How many they were.</returns>
    internal int DropEvents()
    {
        lock (_gate)
        {
            var count = _waiting?.Count ?? 0;
            while (_waiting is { Count: > 0 } waiting) _client.RemoveWaiting(waiting.Dequeue(), this, isLast: waiting.Count == 0);
            _waiting = null;
            return count;
        }
    }

    private async Task RunConnectionHandlersAsync()
    {
        try
        {
            await Namespace.RunConnectionHandlersAsync(this);
            foreach (var feature in _features) await feature.OnConnectedAsync();
        }
        finally
        {
            lock (_gate) _isHeld = false;
            Drain();
            foreach (var feature in _features) feature.OnReady();
        }
    }

    private void EndDispatch(DisconnectReason reason)
    {
        lock (_gate) _end = reason;
        // The caller may be a timer, a broadcast or a connection's reader: the application's handlers must not run on its time.
        ThreadPool.UnsafeQueueUserWorkItem(static socket => socket.Drain(), this, preferLocal: false);
    }

    /// <summary>One more handler. The caller holds <c>_gate</c>; what it begins ends with <see cref="Started"/>, and later with <see cref="Finished"/>.</summary>
    private void BeginHandling()
    {
        _running++;
        _isStarting = Server.Options.MaxConcurrentHandlers > 1;
    }

    private void Started()
    {
        lock (_gate)
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
            // Whoever completed what the handler waited for has its own work to do, not the next event as well; that is handled in the context of this one.
            if (HasMore()) ThreadPool.QueueUserWorkItem(static socket => socket.Drain(), this, preferLocal: true);
        }
    }

    private void Finished()
    {
        if (HasMore()) Drain();
    }

    /// <summary>A handler has ended: whether something waits for that.</summary>
    private bool HasMore()
    {
        lock (_gate)
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
            while (TryTake(out var packet, out var end))
            {
                if (end is { } ending)
                {
                    _ = RunDisconnectHandlersAsync(ending);
                    return;
                }

                var handling = HandleAsync(packet);
                var isDone = handling.IsCompletedSuccessfully;
                lock (_gate)
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

    private bool TryTake(out Packet packet, out DisconnectReason? end)
    {
        packet = default;
        end = null;
        lock (_gate)
        {
            if (_isHeld || _isStarting) return false;
            if (_waiting is { Count: > 0 } waiting)
            {
                if (_running >= Server.Options.MaxConcurrentHandlers) return false;
                packet = waiting.Dequeue();
                BeginHandling();
                if (waiting.Count == 0 && waiting.Capacity > KeptEntries) _waiting = null;
                _client.RemoveWaiting(packet, this, isLast: waiting.Count == 0);
                return true;
            }

            if (_end is null || _running > 0) return false;
            (end, _end) = (_end, null);
            return true;
        }
    }

    /// <summary>Calls the handlers of one event. Never throws.</summary>
    private ValueTask HandleAsync(in Packet packet)
    {
        if (Namespace.FindInterceptor(packet.EventName.Span) is { } interceptor && HasListener(packet.EventName.Span))
            return interceptor.HandleAsync(this, Copy(packet));
        if (_extras is { HasSlowPath: true }) return HandleSlowlyAsync(Copy(packet), new Acknowledgement(this, packet.AckId));
        Listener? only = null;
        foreach (var listener in _listeners)
        {
            if (!packet.EventName.Span.SequenceEqual(listener.Name.Utf8)) continue;
            if (only is not null) return HandleSlowlyAsync(Copy(packet), new Acknowledgement(this, packet.AckId));
            only = listener;
        }

        if (only is null)
        {
            Server.UnknownEvents.Note(packet, Namespace);
            return ValueTask.CompletedTask;
        }

        return only.Once && !RemoveListener(only) ? ValueTask.CompletedTask : Invoke(only, packet, shared: null);
    }

    /// <summary>With catch-all listeners, middlewares, or several handlers of the event.</summary>
    internal async ValueTask HandleSlowlyAsync(Packet packet, Acknowledgement acknowledgement)
    {
        var name = EventName.Table.GetText(packet.EventName.Span, _listeners);
        try
        {
            if (_extras is { HasSlowPath: true } extras)
            {
                var received = CopyEvent(packet, acknowledgement);
                NotifyAny(extras.Incoming, received);
                foreach (var middleware in extras.Middlewares) await middleware(received);
            }
        }
        catch (Exception exception)
        {
            Fail(exception, name, acknowledgement);
            return;
        }

        var isKnown = false;
        foreach (var listener in _listeners)
        {
            if (!packet.EventName.Span.SequenceEqual(listener.Name.Utf8)) continue;
            isKnown = true;
            if (!listener.Once || RemoveListener(listener)) await Invoke(listener, packet, acknowledgement);
        }

        if (!isKnown && !acknowledgement.IsSent) Server.UnknownEvents.Note(packet, Namespace);
    }

    private bool HasListener(ReadOnlySpan<byte> name)
    {
        foreach (var listener in _listeners)
        {
            if (name.SequenceEqual(listener.Name.Utf8)) return true;
        }

        return false;
    }

    private ValueTask Invoke(Listener listener, in Packet packet, Acknowledgement? shared)
    {
        var binder = new EventBinder(this, packet, listener.Plan, shared);
        ValueTask running;
        try
        {
            running = listener.Invoke(ref binder);
        }
        catch (Exception exception)
        {
            Fail(exception, listener.Name.Text, binder.Acknowledgement ?? new Acknowledgement(this, packet.AckId));
            // Watched as the handler is, as services may fail too when they are disposed. The client has its answer.
            return WatchAsync(binder.AbandonAsync(), listener.Name.Text, new Acknowledgement(this, id: -1));
        }

        if (running.IsCompletedSuccessfully) return running;
        return WatchAsync(running, listener.Name.Text, binder.Acknowledgement ?? new Acknowledgement(this, packet.AckId));
    }

    private async ValueTask WatchAsync(ValueTask running, string name, Acknowledgement acknowledgement)
    {
        try
        {
            await running;
        }
        catch (Exception exception)
        {
            Fail(exception, name, acknowledgement);
        }
    }

    /// <summary>A handler failed: log it, and tell a client that waits for an answer. Never throws: the socket's next event would wait for ever.</summary>
    internal void Fail(Exception exception, string name, Acknowledgement acknowledgement)
    {
        // What failed is not over: a repeat has to reach the handlers, unless they or the arguments say that it is no use.
        var isRepeated = acknowledgement.Collector is not null && exception is not InvalidArgumentsException;
        acknowledgement.Collector?.OnFailed();
        string code, message;
        switch (exception)
        {
            case AcknowledgementException chosen:
                (code, message) = (chosen.Code, chosen.Message);
                break;
            case OperationCanceledException or SocketDisconnectedException when !Connected:
                return;
            case InvalidArgumentsException:
                Log.InvalidArguments(Logger, name, Id, ExceptionText.MessageOf(exception));
                (code, message) = ("invalid_arguments", "The arguments do not fit.");
                break;
            default:
                Log.HandlerFailed(Logger, exception, name, Id);
                _client.Connection.Server.Metrics.HandlerFailed();
                (code, message) = ("handler_failed", "The server could not handle the event.");
                break;
        }

        if (exception is AcknowledgementException || (Server.Options.FailedHandlerPolicy == FailedHandlerPolicy.AnswerError && !isRepeated))
            AnswerError(acknowledgement, name, code, message);
    }

    private void AnswerError(Acknowledgement acknowledgement, string name, string code, string message)
    {
        try
        {
            _ = acknowledgement.SendAsync(new ErrorReply("error", code, message));
        }
        catch (Exception exception)
        {
            Log.HandlerFailed(Logger, exception, name, Id);
        }
    }
}
