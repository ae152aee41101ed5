using System.Diagnostics.CodeAnalysis;
using Stork.Wire;

namespace Stork.SocketIO.Events;

/// <summary>Who is called for what happens to one socket. Changed under the socket's lock, and read without; what adds or removes gives the
/// socket back, as the socket's own methods do.</summary>
internal sealed class ListenerTable(Socket socket)
{
    private Listener[] _listeners = [];
    private ExtraListeners? _extras;

    /// <summary>The handlers of single events, in the order they are called. The array never changes.</summary>
    public Listener[] Handlers => _listeners;

    /// <summary>All the others; null if there never was one.</summary>
    public ExtraListeners? Extras => _extras;

    public bool HasOutgoing => _extras is { Outgoing.Length: > 0 };

    /// <summary>The handler as one that is awaited.</summary>
    public static Func<DisconnectReason, Task> ToAsync(Action<DisconnectReason> handler) => reason =>
    {
        handler(reason);
        return Task.CompletedTask;
    };

    /// <summary>The listeners without the first one that equals the other; without any if there is no other.</summary>
    public static Action<SocketEvent>[] Without(Action<SocketEvent>[] listeners, Action<SocketEvent>? removed)
    {
        if (removed is null) return [];
        var index = Array.IndexOf(listeners, removed);
        return index < 0 ? listeners : [.. listeners[..index], .. listeners[(index + 1)..]];
    }

    /// <summary>Adds a handler whose type the invoker knows.</summary>
    /// <exception cref="ArgumentException">The name is reserved, or the handler can never be called.</exception>
    public Socket Add(string name, bool once, Delegate handler, EventInvoker invoker)
    {
        CheckHandler(name, handler);
        return Add(name, once, handler, invoker, socket.Server.HandlerPlans.Find(name, handler));
    }

    /// <summary>Adds a handler of any type.</summary>
    /// <exception cref="ArgumentException">The name is reserved, or the handler can never be called.</exception>
    [RequiresUnreferencedCode(DelegateInvoker.Warning)]
    [RequiresDynamicCode(DelegateInvoker.Warning)]
    public Socket Add(string name, bool once, Delegate handler)
    {
        CheckHandler(name, handler);
        var plan = socket.Server.HandlerPlans.FindWithInvoker(name, handler);
        return Add(name, once, handler, plan.Invoker!, plan);
    }

    /// <summary>True for the one caller that removed it: an event for a one-time handler may come twice at the same time.</summary>
    public bool Remove(Listener listener)
    {
        lock (socket.Gate)
        {
            var left = Array.FindAll(_listeners, other => !ReferenceEquals(other, listener));
            var removed = left.Length < _listeners.Length;
            _listeners = left;
            return removed;
        }
    }

    public Socket Remove(string name, Delegate handler)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(handler);
        lock (socket.Gate)
        {
            var index = Array.FindIndex(_listeners, listener => listener.Name.Text == name && listener.Handler.Equals(handler));
            if (index >= 0) _listeners = [.. _listeners[..index], .. _listeners[(index + 1)..]];
        }

        return socket;
    }

    public Socket RemoveAll(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        lock (socket.Gate) _listeners = Array.FindAll(_listeners, listener => listener.Name.Text != name);
        return socket;
    }

    public bool HasHandler(ReadOnlySpan<byte> name)
    {
        foreach (var listener in _listeners)
        {
            if (name.SequenceEqual(listener.Name.Utf8)) return true;
        }

        return false;
    }

    public Socket Change(Action<ExtraListeners> change)
    {
        lock (socket.Gate)
        {
            change(_extras ??= new ExtraListeners());
            socket.ReviewPlainOutput();
        }

        return socket;
    }

    /// <summary>Calls the listeners of outgoing events with what is about to be sent.</summary>
    /// <param name="packet">The event.</param>
    /// <param name="name">Its name; null if it is to be read from the packet.</param>
    public void NotifyOutgoing(EncodedPacket packet, string? name = null)
    {
        if (_extras is not { Outgoing: { Length: > 0 } listeners }) return;
        Notify(listeners, OutgoingEvent.Read(socket, packet, name));
    }

    /// <summary>Calls catch-all listeners, each whatever the others throw.</summary>
    public void Notify(Action<SocketEvent>[] listeners, SocketEvent happened)
    {
        foreach (var listener in listeners)
        {
            try
            {
                listener(happened);
            }
            catch (Exception exception)
            {
                Log.ListenerFailed(socket.Server.Logger, exception, socket.Id);
            }
        }
    }

    /// <summary>Calls listeners of what happens to the connection, each whatever the others throw.</summary>
    public void Notify(Action<Socket>[] listeners)
    {
        foreach (var listener in listeners)
        {
            try
            {
                listener(socket);
            }
            catch (Exception exception)
            {
                Log.ConnectionListenerFailed(socket.Server.Logger, exception, socket.Id);
            }
        }
    }

    /// <summary>Calls each of the disconnect handlers once, however often this is asked for.</summary>
    public async Task CallDisconnectHandlersAsync(DisconnectReason reason)
    {
        if (_extras is not { } extras) return;
        Func<DisconnectReason, Task>? handlers;
        lock (socket.Gate) (handlers, extras.Disconnecting) = (extras.Disconnecting, null);
        await CallAllAsync(handlers, reason);
        lock (socket.Gate) (handlers, extras.Disconnect) = (extras.Disconnect, null);
        await CallAllAsync(handlers, reason);
    }

    private static void CheckHandler(string name, Delegate handler)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(handler);
        if (ReservedEvents.Contains(name))
            throw new ArgumentException($"\"{name}\" is a reserved event name; see OnDisconnect and OnDisconnecting.", nameof(name));
    }

    private Socket Add(string name, bool once, Delegate handler, EventInvoker invoker, HandlerPlan plan)
    {
        var listener = new Listener(socket.Server.EventNames.Get(name), handler, invoker, plan, once);
        lock (socket.Gate) _listeners = [.. _listeners, listener];
        return socket;
    }

    private async Task CallAllAsync(Func<DisconnectReason, Task>? handlers, DisconnectReason reason)
    {
        if (handlers is null) return;
        foreach (var handler in Delegate.EnumerateInvocationList(handlers))
        {
            try
            {
                await handler(reason);
            }
            catch (Exception exception)
            {
                Log.DisconnectHandlerFailed(socket.Server.Logger, exception, socket.Id);
            }
        }
    }
}
