using Stork.SocketIO.Events;

namespace Stork;

// Who is called, besides the handlers of single events.
public sealed partial class Socket
{
    /// <summary>Listeners of all incoming events, in the order they are called.</summary>
    public IReadOnlyList<Action<SocketEvent>> ListenersAny => Listeners.Extras?.Incoming ?? [];

    /// <summary>Listeners of all outgoing events, in the order they are called.</summary>
    public IReadOnlyList<Action<SocketEvent>> ListenersAnyOutgoing => Listeners.Extras?.Outgoing ?? [];

    /// <summary>Removes all handlers of an event.</summary>
    public Socket Off(string name) => Listeners.RemoveAll(name);

    /// <summary>Removes one handler of an event, the first that equals this one.</summary>
    public Socket Off(string name, Delegate handler) => Listeners.Remove(name, handler);

    /// <summary>Calls the listener for every incoming event, before its handlers.</summary>
    public Socket OnAny(Action<SocketEvent> listener) => Listeners.Change(extras => extras.Incoming = [.. extras.Incoming, listener]);

    /// <summary>As <see cref="OnAny"/>, but before the listeners that are there already.</summary>
    public Socket PrependAny(Action<SocketEvent> listener) => Listeners.Change(extras => extras.Incoming = [listener, .. extras.Incoming]);

    /// <summary>Removes one listener of all incoming events, or all of them.</summary>
    public Socket OffAny(Action<SocketEvent>? listener = null) =>
        Listeners.Change(extras => extras.Incoming = ListenerTable.Without(extras.Incoming, listener));

    /// <summary>Calls the listener for every event sent to this client, broadcasts among them; acknowledgements are no events.</summary>
    public Socket OnAnyOutgoing(Action<SocketEvent> listener) =>
        Listeners.Change(extras => extras.Outgoing = [.. extras.Outgoing, listener]);

    /// <summary>As <see cref="OnAnyOutgoing"/>, but before the listeners that are there already.</summary>
    public Socket PrependAnyOutgoing(Action<SocketEvent> listener) =>
        Listeners.Change(extras => extras.Outgoing = [listener, .. extras.Outgoing]);

    /// <summary>Removes one listener of all outgoing events, or all of them.</summary>
    public Socket OffAnyOutgoing(Action<SocketEvent>? listener = null) =>
        Listeners.Change(extras => extras.Outgoing = ListenerTable.Without(extras.Outgoing, listener));

    /// <summary>Called when the client has changed to another <see cref="Transport"/>, on a thread of the pool.</summary>
    public Socket OnUpgraded(Action<Socket> listener) => Listeners.Change(extras => extras.Upgraded = [.. extras.Upgraded, listener]);

    /// <summary>Called when nothing of what was sent to the client waits any more, after something had to: it read more slowly than it was
    /// sent to (<see cref="BufferedAmount"/>). On a thread of the pool.</summary>
    public Socket OnDrained(Action<Socket> listener)
    {
        Listeners.Change(extras => extras.Drained = [.. extras.Drained, listener]);
        Connection.ReportsDrains = true;
        return this;
    }

    /// <summary>Runs before the handlers of every incoming event, after the catch-all listeners, and may give them another one
    /// (<see cref="SocketEvent.Rewrite"/>). Throwing keeps the event from its handlers; the client gets the error if it asked for an
    /// acknowledgement.</summary>
    public Socket Use(Func<SocketEvent, ValueTask> middleware) =>
        Listeners.Change(extras => extras.Middlewares = [.. extras.Middlewares, middleware]);

    /// <summary>Called once when the socket has been disconnected, after the handlers of all events that came before. <see cref="Rooms"/>
    /// still tells where it was. If the client leaves while middlewares run, what they have registered is called at once, as they may wait
    /// for it, and what they register afterwards when they are done; a socket that a middleware refuses has no disconnect.</summary>
    public Socket OnDisconnecting(Func<DisconnectReason, Task> handler) => Listeners.Change(extras => extras.Disconnecting += handler);

    /// <inheritdoc cref="OnDisconnecting(Func{DisconnectReason, Task})"/>
    public Socket OnDisconnecting(Action<DisconnectReason> handler) => OnDisconnecting(ListenerTable.ToAsync(handler));

    /// <summary>Called once after the handlers of <see cref="OnDisconnecting(Func{DisconnectReason, Task})"/>.</summary>
    public Socket OnDisconnect(Func<DisconnectReason, Task> handler) => Listeners.Change(extras => extras.Disconnect += handler);

    /// <inheritdoc cref="OnDisconnect(Func{DisconnectReason, Task})"/>
    public Socket OnDisconnect(Action<DisconnectReason> handler) => OnDisconnect(ListenerTable.ToAsync(handler));
}
