namespace Stork.SocketIO.Events;

/// <summary>Binds the arguments, calls the application's handler and sees to the acknowledgement. One static delegate for each handler
/// type: sockets keep nothing but the handler itself.</summary>
internal delegate ValueTask EventInvoker(ref EventBinder binder, Delegate handler);

/// <summary>A handler registered for an event.</summary>
internal sealed class Listener(EventName name, Delegate handler, EventInvoker invoker, HandlerPlan plan, bool once)
{
    public EventName Name => name;

    public Delegate Handler => handler;

    public bool Once => once;

    public HandlerPlan Plan => plan;

    public ValueTask Invoke(ref EventBinder binder) => invoker(ref binder, handler);
}
