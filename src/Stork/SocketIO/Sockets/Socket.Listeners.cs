using Stork.SocketIO.Events;
using Stork.Wire;

namespace Stork;

// Who is called, besides the handlers of single events.
public sealed partial class Socket
{
    /// <summary>What the server itself wrote is read back without the limits that guard against clients.</summary>
    private static readonly ProtocolLimits OwnPackets = new()
    {
        MaxAttachments = ProtocolLimits.LargestAttachments,
        MaxJsonDepth = ProtocolLimits.LargestJsonDepth,
        MaxPacketSize = ProtocolLimits.LargestPacketSize,
        MaxNamespaceLength = ProtocolLimits.LargestNamespaceLength,
    };

    private Listener[] _listeners = [];
    private Extras? _extras;

    /// <summary>Listeners of all incoming events, in the order they are called.</summary>
    public IReadOnlyList<Action<SocketEvent>> ListenersAny => _extras?.Incoming ?? [];

    /// <summary>Listeners of all outgoing events, in the order they are called.</summary>
    public IReadOnlyList<Action<SocketEvent>> ListenersAnyOutgoing => _extras?.Outgoing ?? [];

    /// <summary>Removes all handlers of an event.</summary>
    public Socket Off(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        lock (_gate) _listeners = Array.FindAll(_listeners, listener => listener.Name.Text != name);
        return this;
    }

    /// <summary>Calls the listener for every incoming event, before its handlers.</summary>
    public Socket OnAny(Action<SocketEvent> listener) => Change(extras => extras.Incoming = [.. extras.Incoming, listener]);

    /// <summary>As <see cref="OnAny"/>, but before the listeners that are there already.</summary>
    public Socket PrependAny(Action<SocketEvent> listener) => Change(extras => extras.Incoming = [listener, .. extras.Incoming]);

    /// <summary>Removes one listener of all incoming events, or all of them.</summary>
    public Socket OffAny(Action<SocketEvent>? listener = null) => Change(extras => extras.Incoming = Without(extras.Incoming, listener));

    /// <summary>Calls the listener for every event sent to this client, broadcasts among them; acknowledgements are no events.</summary>
    public Socket OnAnyOutgoing(Action<SocketEvent> listener) => Change(extras => extras.Outgoing = [.. extras.Outgoing, listener]);

    /// <summary>As <see cref="OnAnyOutgoing"/>, but before the listeners that are there already.</summary>
    public Socket PrependAnyOutgoing(Action<SocketEvent> listener) => Change(extras => extras.Outgoing = [listener, .. extras.Outgoing]);

    /// <summary>Removes one listener of all outgoing events, or all of them.</summary>
    public Socket OffAnyOutgoing(Action<SocketEvent>? listener = null) => Change(extras => extras.Outgoing = Without(extras.Outgoing, listener));

    /// <summary>Runs before the handlers of every incoming event, after the catch-all listeners. Throwing keeps the event from its handlers; the client
    /// gets the error if it asked for an acknowledgement.</summary>
    public Socket Use(Func<SocketEvent, ValueTask> middleware) => Change(extras => extras.Middlewares = [.. extras.Middlewares, middleware]);

    /// <summary>Called once when the socket has been disconnected, after the handlers of all events that came before. <see cref="Rooms"/> still tells where it was.
    /// If the client leaves while middlewares run, what they have registered is called at once, as they may wait for it, and what they register afterwards when
    /// they are done; a socket that a middleware refuses has no disconnect.</summary>
    public Socket OnDisconnecting(Func<DisconnectReason, Task> handler) => Change(extras => extras.Disconnecting += handler);

    /// <inheritdoc cref="OnDisconnecting(Func{DisconnectReason, Task})"/>
    public Socket OnDisconnecting(Action<DisconnectReason> handler) => OnDisconnecting(reason => Run(handler, reason));

    /// <summary>Called once after the handlers of <see cref="OnDisconnecting(Func{DisconnectReason, Task})"/>.</summary>
    public Socket OnDisconnect(Func<DisconnectReason, Task> handler) => Change(extras => extras.Disconnect += handler);

    /// <inheritdoc cref="OnDisconnect(Func{DisconnectReason, Task})"/>
    public Socket OnDisconnect(Action<DisconnectReason> handler) => OnDisconnect(reason => Run(handler, reason));

    private static Task Run(Action<DisconnectReason> handler, DisconnectReason reason)
    {
        handler(reason);
        return Task.CompletedTask;
    }

    private static Action<SocketEvent>[] Without(Action<SocketEvent>[] listeners, Action<SocketEvent>? removed)
    {
        var index = removed is null ? -1 : Array.IndexOf(listeners, removed);
        if (removed is null) return [];
        return index < 0 ? listeners : [.. listeners[..index], .. listeners[(index + 1)..]];
    }

    private Socket AddListener(string name, bool once, Delegate handler, EventInvoker invoker)
    {
        CheckHandler(name, handler);
        return AddListener(name, once, handler, invoker, Server.HandlerPlans.Find(name, handler));
    }

    private static void CheckHandler(string name, Delegate handler)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(handler);
        if (ReservedEvents.Contains(name))
            throw new ArgumentException($"\"{name}\" is a reserved event name; see OnDisconnect and OnDisconnecting.", nameof(name));
    }

    private Socket AddListener(string name, bool once, Delegate handler, EventInvoker invoker, HandlerPlan plan)
    {
        var listener = new Listener(Server.EventNames.Get(name), handler, invoker, plan, once);
        lock (_gate) _listeners = [.. _listeners, listener];
        return this;
    }

    /// <summary>True for the one caller that removed it: an event for a one-time handler may come twice at the same time.</summary>
    private bool RemoveListener(Listener listener)
    {
        lock (_gate)
        {
            var left = Array.FindAll(_listeners, other => !ReferenceEquals(other, listener));
            var removed = left.Length < _listeners.Length;
            _listeners = left;
            return removed;
        }
    }

    private Socket Change(Action<Extras> change)
    {
        lock (_gate) change(_extras ??= new Extras());
        return this;
    }

    private void NotifyAny(Action<SocketEvent>[] listeners, SocketEvent happened)
    {
        foreach (var listener in listeners)
        {
            try
            {
                listener(happened);
            }
            catch (Exception exception)
            {
                Log.ListenerFailed(Logger, exception, Id);
            }
        }
    }

    internal void NotifyOutgoing(PacketBuilder packet, string? name)
    {
        if (_extras is not { Outgoing: { Length: > 0 } listeners }) return;
        NotifyAny(listeners, OutgoingEvent(packet.ToPacket(PacketFlags.None), name));
    }

    private bool HasOutgoingListeners => _extras is { Outgoing.Length: > 0 };

    internal void NotifyOutgoing(EncodedPacket packet)
    {
        if (_extras is not { Outgoing: { Length: > 0 } listeners }) return;
        NotifyAny(listeners, OutgoingEvent(packet, name: null));
    }

    /// <summary>Reads the event back from what is sent: listeners of outgoing events are rare, and see exactly what the client will.</summary>
    private SocketEvent OutgoingEvent(EncodedPacket encoded, string? name)
    {
        var decoder = new PacketDecoder(OwnPackets);
        if (!decoder.TryDecode(encoded.First.Payload[1..].ToArray(), out var packet))
        {
            foreach (var attachment in encoded.Attachments) decoder.TryDecodeBinary(attachment.Payload.ToArray(), out packet);
        }

        return new SocketEvent(this, name ?? EventName.Table.GetText(packet.EventName.Span, _listeners), CopyArguments(packet), acknowledgement: null);
    }

    private async Task RunDisconnectHandlersAsync(DisconnectReason reason)
    {
        await CallDisconnectHandlersAsync(reason);
        await DisposeServicesAsync();
    }

    /// <summary>Calls each once, however often this is asked for.</summary>
    private async Task CallDisconnectHandlersAsync(DisconnectReason reason)
    {
        if (_extras is not { } extras) return;
        Func<DisconnectReason, Task>? handlers;
        lock (_gate) (handlers, extras.Disconnecting) = (extras.Disconnecting, null);
        await RunAllAsync(handlers, reason);
        lock (_gate) (handlers, extras.Disconnect) = (extras.Disconnect, null);
        await RunAllAsync(handlers, reason);
    }

    private async Task RunAllAsync(Func<DisconnectReason, Task>? handlers, DisconnectReason reason)
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
                Log.DisconnectHandlerFailed(Logger, exception, Id);
            }
        }
    }

    /// <summary>What most sockets have none of.</summary>
    private sealed class Extras
    {
        public Action<SocketEvent>[] Incoming { get; set; } = [];

        public Action<SocketEvent>[] Outgoing { get; set; } = [];

        public Func<SocketEvent, ValueTask>[] Middlewares { get; set; } = [];

        public Func<DisconnectReason, Task>? Disconnecting { get; set; }

        public Func<DisconnectReason, Task>? Disconnect { get; set; }

        public bool HasSlowPath => Incoming.Length > 0 || Middlewares.Length > 0;
    }
}
