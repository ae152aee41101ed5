using Stork.EventLoops;

namespace Stork.SocketIO.Events;

/// <summary>Where the values of a handler's parameters come from, as far as their types alone do not say it. Found once, at the
/// registration.</summary>
internal sealed class HandlerPlan(CallPace pace)
{
    /// <summary>Parameters a handler may have.</summary>
    public const int MaxParameters = 64;

    private ulong _services;
    private ulong _required;
    private object?[]? _keys;

    /// <summary>Whether its calls belong to the thread pool, or may be made by the thread that serves many connections.</summary>
    public CallPace Pace { get; } = pace;

    /// <summary>How the handler is called, if its type was not known when this was compiled.</summary>
    public EventInvoker? Invoker { get; init; }

    public void MarkService(int position, object? key)
    {
        _services |= 1UL << position;
        if (key is not null) (_keys ??= new object?[MaxParameters])[position] = key;
    }

    public void MarkRequired(int position) => _required |= 1UL << position;

    /// <summary>Whether the parameter is a service.</summary>
    public bool IsService(int position) => (_services >> position & 1) != 0;

    /// <summary>The key of a keyed service.</summary>
    public object? KeyOf(int position) => _keys?[position];

    /// <summary>Whether the parameter says of itself that it is never null.</summary>
    public bool IsRequired(int position) => (_required >> position & 1) != 0;
}
