using Stork.EventLoops;
using Stork.Wire;

namespace Stork.SocketIO.Events;

/// <summary>Calls what the application has registered for a received event, and answers what it throws.</summary>
internal static class HandlerRunner
{
    /// <summary>Calls the handlers of one event. Never throws.</summary>
    /// <param name="socket">Where it came from.</param>
    /// <param name="packet">The event; its bytes need only be valid until the call returns.</param>
    public static ValueTask RunAsync(Socket socket, in Packet packet)
    {
        var name = packet.EventName.Span;
        if (socket.Namespace.FindInterceptor(name) is { } interceptor && socket.Listeners.HasHandler(name))
            return interceptor.HandleAsync(socket, packet.Copy());
        if (socket.Listeners.Extras is { AreForEveryEvent: true }) return RunAllAsync(socket, packet);
        Listener? only = null;
        foreach (var listener in socket.Listeners.Handlers)
        {
            if (!name.SequenceEqual(listener.Name.Utf8)) continue;
            if (only is not null) return RunAllAsync(socket, packet);
            only = listener;
        }

        if (only is null)
        {
            socket.Server.UnknownEvents.Report(packet, socket.Namespace);
            return ValueTask.CompletedTask;
        }

        return only.Once && !socket.Listeners.Remove(only) ? ValueTask.CompletedTask : Invoke(socket, only, packet, shared: null);
    }

    /// <summary>Calls all that an event may have: catch-all listeners, middlewares, several handlers. Never throws.</summary>
    /// <param name="socket">Where it came from.</param>
    /// <param name="packet">The event; it shares no buffer with others.</param>
    /// <param name="acknowledgement">The handlers' common answer.</param>
    public static async ValueTask RunAllAsync(Socket socket, Packet packet, Acknowledgement acknowledgement)
    {
        var name = EventName.Table.GetText(packet.EventName.Span, socket.Listeners.Handlers);
        try
        {
            if (socket.Listeners.Extras is { AreForEveryEvent: true } extras)
            {
                var received = SocketEvent.Copy(socket, packet, acknowledgement);
                var pace = socket.Server.EveryEventPace;
                var began = pace.Begin();
                socket.Listeners.Notify(extras.Incoming, received);
                foreach (var middleware in extras.Middlewares)
                {
                    var running = middleware(received);
                    pace.End(began);
                    await running;
                    began = pace.Begin();
                }

                if (received.IsRewritten) (packet, name) = (received.ToPacket(packet), received.Name);
            }
        }
        catch (Exception exception)
        {
            Fail(socket, exception, name, acknowledgement);
            return;
        }

        var isKnown = false;
        foreach (var listener in socket.Listeners.Handlers)
        {
            if (!packet.EventName.Span.SequenceEqual(listener.Name.Utf8)) continue;
            isKnown = true;
            if (!listener.Once || socket.Listeners.Remove(listener)) await Invoke(socket, listener, packet, acknowledgement);
        }

        if (!isKnown && !acknowledgement.IsSent) socket.Server.UnknownEvents.Report(packet, socket.Namespace);
    }

    /// <summary>A handler failed: logs it, and answers a client that waits for it. Never throws: the socket's next event would wait for
    /// ever.</summary>
    public static void Fail(Socket socket, Exception exception, string name, Acknowledgement acknowledgement)
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
            case OperationCanceledException or SocketDisconnectedException when !socket.Connected:
                return;
            case InvalidArgumentsException:
                Log.InvalidArguments(socket.Server.Logger, name, socket.Id, ExceptionText.MessageOf(exception));
                (code, message) = ("invalid_arguments", "The arguments do not fit.");
                break;
            default:
                Log.HandlerFailed(socket.Server.Logger, exception, name, socket.Id);
                socket.Server.Engine.Metrics.HandlerFailed();
                (code, message) = ("handler_failed", "The server could not handle the event.");
                break;
        }

        var isToldAlways = exception is AcknowledgementException;
        if (isToldAlways || (socket.Server.Options.FailedHandlerPolicy == FailedHandlerPolicy.AnswerError && !isRepeated))
            AnswerError(socket, acknowledgement, name, code, message);
    }

    private static ValueTask RunAllAsync(Socket socket, in Packet packet) =>
        RunAllAsync(socket, packet.Copy(), new Acknowledgement(socket, packet.AckId));

    private static ValueTask Invoke(Socket socket, Listener listener, in Packet packet, Acknowledgement? shared)
    {
        var binder = new EventBinder(socket, packet, listener.Plan, shared);
        ValueTask running;
        try
        {
            running = CallAtItsPace(listener, ref binder);
        }
        catch (Exception exception)
        {
            Fail(socket, exception, listener.Name.Text, binder.Acknowledgement ?? new Acknowledgement(socket, packet.AckId));
            // Watched as the handler is, as services may fail too when they are disposed. The client has its answer.
            return WatchAsync(socket, binder.AbandonAsync(), listener.Name.Text, new Acknowledgement(socket, id: -1));
        }

        if (running.IsCompletedSuccessfully) return running;
        return WatchAsync(socket, running, listener.Name.Text, binder.Acknowledgement ?? new Acknowledgement(socket, packet.AckId));
    }

    /// <summary>Calls the handler, and learns whether it keeps its thread.</summary>
    private static ValueTask CallAtItsPace(Listener listener, ref EventBinder binder)
    {
        var pace = listener.Plan.Pace;
        var thread = LoopThread.Current;
        if (!pace.IsInQuestion && thread?.IsSample() != true)
        {
            var running = listener.Invoke(ref binder);
            if (thread is { HasLostLoop: true }) pace.Ban();
            return running;
        }

        var began = pace.Begin();
        try
        {
            return listener.Invoke(ref binder);
        }
        finally
        {
            pace.End(began);
        }
    }

    private static async ValueTask WatchAsync(Socket socket, ValueTask running, string name, Acknowledgement acknowledgement)
    {
        try
        {
            await running;
        }
        catch (Exception exception)
        {
            Fail(socket, exception, name, acknowledgement);
        }
    }

    private static void AnswerError(Socket socket, Acknowledgement acknowledgement, string name, string code, string message)
    {
        try
        {
            _ = acknowledgement.SendAsync(new ErrorReply("error", code, message));
        }
        catch (Exception exception)
        {
            Log.HandlerFailed(socket.Server.Logger, exception, name, socket.Id);
        }
    }
}
