using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.ExceptionServices;

namespace Stork.SocketIO.Events;

/// <summary>
/// Calls handlers whose type nobody knew when this was compiled: method groups, and lambdas with more parameters than the typed overloads
/// have. What can be found out by reflection is, at the registration; a call costs an array and a box for each value type.
/// </summary>
internal static class DelegateInvoker
{
    public const string Warning =
        "The handler's parameters are found by reflection. In a trimmed or native application, write the handler as a lambda with up to "
        + "four parameters: socket.On(\"say\", (string text) => SayAsync(text)).";

    /// <summary>The next parameter's value, boxed.</summary>
    private delegate object? Slot(ref EventBinder binder);

    private delegate ValueTask Completion(ref EventBinder binder, object? result);

    [RequiresUnreferencedCode(Warning)]
    [RequiresDynamicCode(Warning)]
    public static EventInvoker Create(Delegate handler, ParameterInfo[] parameters)
    {
        var slots = Array.ConvertAll(parameters, static parameter => Generic<Slot>(nameof(Read), parameter.ParameterType));
        var completion = CompletionOf(handler.Method.ReturnType);
        var invoke = MethodInvoker.Create(handler.GetType().GetMethod(nameof(Action.Invoke))!);
        return (ref binder, called) =>
        {
            var arguments = new object?[slots.Length];
            for (var i = 0; i < slots.Length; i++) arguments[i] = slots[i](ref binder);
            return completion(ref binder, Call(invoke, called, arguments));
        };
    }

    private static object? Call(MethodInvoker invoke, Delegate handler, object?[] arguments)
    {
        try
        {
            return invoke.Invoke(handler, arguments.AsSpan());
        }
        catch (TargetInvocationException wrapped) when (wrapped.InnerException is { } thrown)
        {
            ExceptionDispatchInfo.Throw(thrown);
            throw;
        }
    }

    [RequiresUnreferencedCode(Warning)]
    [RequiresDynamicCode(Warning)]
    private static Completion CompletionOf(Type result)
    {
        if (result == typeof(void)) return static (ref binder, _) => binder.Complete();
        if (result == typeof(ValueTask)) return static (ref binder, value) => binder.Complete((ValueTask)value!);
        if (IsOf(result, typeof(Task<>))) return Generic<Completion>(nameof(CompleteTask), result.GetGenericArguments()[0]);
        if (IsOf(result, typeof(ValueTask<>))) return Generic<Completion>(nameof(CompleteValueTask), result.GetGenericArguments()[0]);
        if (typeof(Task).IsAssignableFrom(result)) return static (ref binder, value) => binder.Complete((Task)value!);
        return Generic<Completion>(nameof(CompleteValue), result);
    }

    [RequiresUnreferencedCode(Warning)]
    [RequiresDynamicCode(Warning)]
    private static TDelegate Generic<TDelegate>(string method, Type argument)
        where TDelegate : Delegate =>
        typeof(DelegateInvoker)
            .GetMethod(method, BindingFlags.NonPublic | BindingFlags.Static)!
            .MakeGenericMethod(argument)
            .CreateDelegate<TDelegate>();

    private static bool IsOf(Type type, Type definition) => type.IsGenericType && type.GetGenericTypeDefinition() == definition;

    private static object? Read<T>(ref EventBinder binder) => binder.Get<T>();

    private static ValueTask CompleteTask<T>(ref EventBinder binder, object? result) => binder.Complete((Task<T>)result!);

    private static ValueTask CompleteValueTask<T>(ref EventBinder binder, object? result) => binder.Complete((ValueTask<T>)result!);

    private static ValueTask CompleteValue<T>(ref EventBinder binder, object? result) => binder.Complete((T)result!);
}
