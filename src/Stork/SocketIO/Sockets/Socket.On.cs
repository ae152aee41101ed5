using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Stork.SocketIO.Events;

namespace Stork;

// Handlers with typed parameters: 0 to 4, and six shapes of result; and any other delegate. What they share is in EventBinder.
public sealed partial class Socket
{
    /// <summary>
    /// Handles an event. Parameters are read from the event's arguments in order; those of the types <see cref="Acknowledgement"/>,
    /// <see cref="CancellationToken"/> (cancelled at the disconnect), <see cref="IServiceProvider"/> (a scope for this event),
    /// <see cref="Socket"/>, <see cref="SocketEvent"/> and <see cref="EventArguments"/> take none, nor do those whose type is a registered
    /// service, which come from that scope. When the handler is done, a client that asked for an acknowledgement gets what it returned, or
    /// an empty one; a handler that takes the <see cref="Acknowledgement"/> answers itself.
    /// </summary>
    /// <param name="name">The event's name.</param>
    /// <param name="handler">Called for the events one after the other, see <see cref="SocketIOOptions.MaxConcurrentHandlers"/>. What it
    /// throws is logged and answered as <see cref="SocketIOOptions.FailedHandlerPolicy"/> says; the connection stays.</param>
    /// <param name="once">Whether only the next event is handled.</param>
    /// <returns>This socket.</returns>
    /// <exception cref="ArgumentException">The name is reserved, or a parameter could never get a value: its type can be read from no JSON,
    /// or the options of the serializer know nothing of it (<see cref="SocketIOOptions.JsonSerializerOptions"/>).</exception>
    public Socket On(string name, Action handler, bool once = false) =>
        Listeners.Add(name, once, handler, static (ref binder, handler) =>
        {
            ((Action)handler)();
            return binder.Complete();
        });

    /// <inheritdoc cref="On(string, Action, bool)"/>
    [OverloadResolutionPriority(1)]
    public Socket On(string name, Func<Task> handler, bool once = false) =>
        Listeners.Add(name, once, handler, static (ref binder, handler) => binder.Complete(((Func<Task>)handler)()));

    /// <inheritdoc cref="On(string, Action, bool)"/>
    [OverloadResolutionPriority(1)]
    public Socket On<TResult>(string name, Func<Task<TResult>> handler, bool once = false) =>
        Listeners.Add(name, once, handler, static (ref binder, handler) => binder.Complete(((Func<Task<TResult>>)handler)()));

    /// <inheritdoc cref="On(string, Action, bool)"/>
    public Socket On<TResult>(string name, Func<TResult> handler, bool once = false) =>
        Listeners.Add(name, once, handler, static (ref binder, handler) => binder.Complete(((Func<TResult>)handler)()));

    /// <inheritdoc cref="On(string, Action, bool)"/>
    public Socket On(string name, Func<ValueTask> handler, bool once = false) =>
        Listeners.Add(name, once, handler, static (ref binder, handler) => binder.Complete(((Func<ValueTask>)handler)()));

    /// <inheritdoc cref="On(string, Action, bool)"/>
    public Socket On<TResult>(string name, Func<ValueTask<TResult>> handler, bool once = false) =>
        Listeners.Add(name, once, handler, static (ref binder, handler) => binder.Complete(((Func<ValueTask<TResult>>)handler)()));

    /// <inheritdoc cref="On(string, Action, bool)"/>
    public Socket On<T1>(string name, Action<T1> handler, bool once = false) =>
        Listeners.Add(name, once, handler, static (ref binder, handler) =>
        {
            ((Action<T1>)handler)(binder.Get<T1>());
            return binder.Complete();
        });

    /// <inheritdoc cref="On(string, Action, bool)"/>
    [OverloadResolutionPriority(1)]
    public Socket On<T1>(string name, Func<T1, Task> handler, bool once = false) =>
        Listeners.Add(name, once, handler, static (ref binder, handler) => binder.Complete(((Func<T1, Task>)handler)(binder.Get<T1>())));

    /// <inheritdoc cref="On(string, Action, bool)"/>
    [OverloadResolutionPriority(1)]
    public Socket On<T1, TResult>(string name, Func<T1, Task<TResult>> handler, bool once = false) =>
        Listeners.Add(name, once, handler, static (ref binder, handler) => binder.Complete(
            ((Func<T1, Task<TResult>>)handler)(binder.Get<T1>())));

    /// <inheritdoc cref="On(string, Action, bool)"/>
    public Socket On<T1, TResult>(string name, Func<T1, TResult> handler, bool once = false) =>
        Listeners.Add(name, once, handler, static (ref binder, handler) => binder.Complete(((Func<T1, TResult>)handler)(binder.Get<T1>())));

    /// <inheritdoc cref="On(string, Action, bool)"/>
    public Socket On<T1>(string name, Func<T1, ValueTask> handler, bool once = false) =>
        Listeners.Add(
            name, once, handler, static (ref binder, handler) => binder.Complete(((Func<T1, ValueTask>)handler)(binder.Get<T1>())));

    /// <inheritdoc cref="On(string, Action, bool)"/>
    public Socket On<T1, TResult>(string name, Func<T1, ValueTask<TResult>> handler, bool once = false) =>
        Listeners.Add(name, once, handler, static (ref binder, handler) => binder.Complete(
            ((Func<T1, ValueTask<TResult>>)handler)(binder.Get<T1>())));

    /// <inheritdoc cref="On(string, Action, bool)"/>
    public Socket On<T1, T2>(string name, Action<T1, T2> handler, bool once = false) =>
        Listeners.Add(name, once, handler, static (ref binder, handler) =>
        {
            ((Action<T1, T2>)handler)(binder.Get<T1>(), binder.Get<T2>());
            return binder.Complete();
        });

    /// <inheritdoc cref="On(string, Action, bool)"/>
    [OverloadResolutionPriority(1)]
    public Socket On<T1, T2>(string name, Func<T1, T2, Task> handler, bool once = false) =>
        Listeners.Add(name, once, handler, static (ref binder, handler) => binder.Complete(
            ((Func<T1, T2, Task>)handler)(binder.Get<T1>(), binder.Get<T2>())));

    /// <inheritdoc cref="On(string, Action, bool)"/>
    [OverloadResolutionPriority(1)]
    public Socket On<T1, T2, TResult>(string name, Func<T1, T2, Task<TResult>> handler, bool once = false) =>
        Listeners.Add(name, once, handler, static (ref binder, handler) => binder.Complete(
            ((Func<T1, T2, Task<TResult>>)handler)(binder.Get<T1>(), binder.Get<T2>())));

    /// <inheritdoc cref="On(string, Action, bool)"/>
    public Socket On<T1, T2, TResult>(string name, Func<T1, T2, TResult> handler, bool once = false) =>
        Listeners.Add(name, once, handler, static (ref binder, handler) => binder.Complete(
            ((Func<T1, T2, TResult>)handler)(binder.Get<T1>(), binder.Get<T2>())));

    /// <inheritdoc cref="On(string, Action, bool)"/>
    public Socket On<T1, T2>(string name, Func<T1, T2, ValueTask> handler, bool once = false) =>
        Listeners.Add(name, once, handler, static (ref binder, handler) => binder.Complete(
            ((Func<T1, T2, ValueTask>)handler)(binder.Get<T1>(), binder.Get<T2>())));

    /// <inheritdoc cref="On(string, Action, bool)"/>
    public Socket On<T1, T2, TResult>(string name, Func<T1, T2, ValueTask<TResult>> handler, bool once = false) =>
        Listeners.Add(name, once, handler, static (ref binder, handler) => binder.Complete(
            ((Func<T1, T2, ValueTask<TResult>>)handler)(binder.Get<T1>(), binder.Get<T2>())));

    /// <inheritdoc cref="On(string, Action, bool)"/>
    public Socket On<T1, T2, T3>(string name, Action<T1, T2, T3> handler, bool once = false) =>
        Listeners.Add(name, once, handler, static (ref binder, handler) =>
        {
            ((Action<T1, T2, T3>)handler)(binder.Get<T1>(), binder.Get<T2>(), binder.Get<T3>());
            return binder.Complete();
        });

    /// <inheritdoc cref="On(string, Action, bool)"/>
    [OverloadResolutionPriority(1)]
    public Socket On<T1, T2, T3>(string name, Func<T1, T2, T3, Task> handler, bool once = false) =>
        Listeners.Add(name, once, handler, static (ref binder, handler) => binder.Complete(
            ((Func<T1, T2, T3, Task>)handler)(binder.Get<T1>(), binder.Get<T2>(), binder.Get<T3>())));

    /// <inheritdoc cref="On(string, Action, bool)"/>
    [OverloadResolutionPriority(1)]
    public Socket On<T1, T2, T3, TResult>(string name, Func<T1, T2, T3, Task<TResult>> handler, bool once = false) =>
        Listeners.Add(name, once, handler, static (ref binder, handler) => binder.Complete(
            ((Func<T1, T2, T3, Task<TResult>>)handler)(binder.Get<T1>(), binder.Get<T2>(), binder.Get<T3>())));

    /// <inheritdoc cref="On(string, Action, bool)"/>
    public Socket On<T1, T2, T3, TResult>(string name, Func<T1, T2, T3, TResult> handler, bool once = false) =>
        Listeners.Add(name, once, handler, static (ref binder, handler) => binder.Complete(
            ((Func<T1, T2, T3, TResult>)handler)(binder.Get<T1>(), binder.Get<T2>(), binder.Get<T3>())));

    /// <inheritdoc cref="On(string, Action, bool)"/>
    public Socket On<T1, T2, T3>(string name, Func<T1, T2, T3, ValueTask> handler, bool once = false) =>
        Listeners.Add(name, once, handler, static (ref binder, handler) => binder.Complete(
            ((Func<T1, T2, T3, ValueTask>)handler)(binder.Get<T1>(), binder.Get<T2>(), binder.Get<T3>())));

    /// <inheritdoc cref="On(string, Action, bool)"/>
    public Socket On<T1, T2, T3, TResult>(string name, Func<T1, T2, T3, ValueTask<TResult>> handler, bool once = false) =>
        Listeners.Add(name, once, handler, static (ref binder, handler) => binder.Complete(
            ((Func<T1, T2, T3, ValueTask<TResult>>)handler)(binder.Get<T1>(), binder.Get<T2>(), binder.Get<T3>())));

    /// <inheritdoc cref="On(string, Action, bool)"/>
    public Socket On<T1, T2, T3, T4>(string name, Action<T1, T2, T3, T4> handler, bool once = false) =>
        Listeners.Add(name, once, handler, static (ref binder, handler) =>
        {
            ((Action<T1, T2, T3, T4>)handler)(binder.Get<T1>(), binder.Get<T2>(), binder.Get<T3>(), binder.Get<T4>());
            return binder.Complete();
        });

    /// <inheritdoc cref="On(string, Action, bool)"/>
    [OverloadResolutionPriority(1)]
    public Socket On<T1, T2, T3, T4>(string name, Func<T1, T2, T3, T4, Task> handler, bool once = false) =>
        Listeners.Add(name, once, handler, static (ref binder, handler) => binder.Complete(
            ((Func<T1, T2, T3, T4, Task>)handler)(binder.Get<T1>(), binder.Get<T2>(), binder.Get<T3>(), binder.Get<T4>())));

    /// <inheritdoc cref="On(string, Action, bool)"/>
    [OverloadResolutionPriority(1)]
    public Socket On<T1, T2, T3, T4, TResult>(string name, Func<T1, T2, T3, T4, Task<TResult>> handler, bool once = false) =>
        Listeners.Add(name, once, handler, static (ref binder, handler) => binder.Complete(
            ((Func<T1, T2, T3, T4, Task<TResult>>)handler)(binder.Get<T1>(), binder.Get<T2>(), binder.Get<T3>(), binder.Get<T4>())));

    /// <inheritdoc cref="On(string, Action, bool)"/>
    public Socket On<T1, T2, T3, T4, TResult>(string name, Func<T1, T2, T3, T4, TResult> handler, bool once = false) =>
        Listeners.Add(name, once, handler, static (ref binder, handler) => binder.Complete(
            ((Func<T1, T2, T3, T4, TResult>)handler)(binder.Get<T1>(), binder.Get<T2>(), binder.Get<T3>(), binder.Get<T4>())));

    /// <inheritdoc cref="On(string, Action, bool)"/>
    public Socket On<T1, T2, T3, T4>(string name, Func<T1, T2, T3, T4, ValueTask> handler, bool once = false) =>
        Listeners.Add(name, once, handler, static (ref binder, handler) => binder.Complete(
            ((Func<T1, T2, T3, T4, ValueTask>)handler)(binder.Get<T1>(), binder.Get<T2>(), binder.Get<T3>(), binder.Get<T4>())));

    /// <inheritdoc cref="On(string, Action, bool)"/>
    public Socket On<T1, T2, T3, T4, TResult>(string name, Func<T1, T2, T3, T4, ValueTask<TResult>> handler, bool once = false) =>
        Listeners.Add(name, once, handler, static (ref binder, handler) => binder.Complete(
            ((Func<T1, T2, T3, T4, ValueTask<TResult>>)handler)(binder.Get<T1>(), binder.Get<T2>(), binder.Get<T3>(), binder.Get<T4>())));

    /// <summary>
    /// As the other overloads, for method groups (<c>socket.On("say", SayAsync)</c>) and for handlers with more than four parameters, at
    /// most 64. It finds the parameters by reflection, and calls cost a little more.
    /// </summary>
    /// <param name="name">The event's name.</param>
    /// <param name="handler">The handler.</param>
    /// <param name="once">Whether only the next event is handled.</param>
    /// <returns>This socket.</returns>
    /// <exception cref="ArgumentException">The name is reserved, or a parameter could never get a value.</exception>
    [OverloadResolutionPriority(-1)]
    [RequiresUnreferencedCode(DelegateInvoker.Warning)]
    [RequiresDynamicCode(DelegateInvoker.Warning)]
    public Socket On(string name, Delegate handler, bool once = false) => Listeners.Add(name, once, handler);
}
