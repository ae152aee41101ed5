using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.Extensions.DependencyInjection;
using Stork.EventLoops;
using Stork.Wire;

namespace Stork.SocketIO.Events;

/// <summary>
/// Looks at a handler when it is registered: which of its parameters are services, which may not be null, and whether there is one that no
/// event could ever give a value. Thousands of sockets register the same handlers, so what was found is kept.
/// </summary>
internal sealed class HandlerPlans(IServiceProvider services, ArgumentSerializer serializer, TimeProvider time, BannedPaces banned)
{
    /// <summary>Methods that are remembered; those an application compiles on the fly are looked at each time beyond.</summary>
    private const int MaxPlans = 4096;

    private readonly ConcurrentDictionary<Key, HandlerPlan> _plans = new();
    private readonly IServiceProviderIsService? _isService = services.GetService<IServiceProviderIsService>();

    /// <summary>The plan of a handler whose type is known to the invoker.</summary>
    /// <exception cref="ArgumentException">The handler can never be called.</exception>
    public HandlerPlan Find(string name, Delegate handler) =>
        _plans.TryGetValue(new Key(handler), out var known) ? known : Remember(handler, Make(name, handler, invoker: null));

    /// <summary>The plan of any handler, with its invoker.</summary>
    /// <exception cref="ArgumentException">The handler can never be called.</exception>
    [RequiresUnreferencedCode(DelegateInvoker.Warning)]
    [RequiresDynamicCode(DelegateInvoker.Warning)]
    public HandlerPlan FindWithInvoker(string name, Delegate handler) =>
        _plans.TryGetValue(new Key(handler), out var known) && known.Invoker is not null
            ? known
            : Remember(handler, Make(name, handler, DelegateInvoker.Create));

    private HandlerPlan Remember(Delegate handler, HandlerPlan plan)
    {
        if (_plans.Count < MaxPlans) _plans[new Key(handler)] = plan;
        return plan;
    }

    private HandlerPlan Make(string name, Delegate handler, Func<Delegate, ParameterInfo[], EventInvoker>? invoker)
    {
        var parameters = ParametersOf(handler);
        if (parameters.Length > HandlerPlan.MaxParameters)
            throw Impossible(name, $"it has more than {HandlerPlan.MaxParameters} parameters.");
        var kinds = Array.ConvertAll(parameters, parameter => KindOf(name, parameter));
        var plan = new HandlerPlan(new CallPace(time, banned)) { Invoker = invoker?.Invoke(handler, parameters) };
        var nullability = ArgumentSerializer.KnowsNullability ? new NullabilityInfoContext() : null;
        for (var i = 0; i < parameters.Length; i++)
        {
            if (kinds[i] == Kind.Service) plan.MarkService(i, parameters[i].GetCustomAttribute<FromKeyedServicesAttribute>()?.Key);
            else if (kinds[i] == Kind.Argument && IsNeverNull(parameters[i], nullability)) plan.MarkRequired(i);
        }

        if (FindResultFault(handler.Method.ReturnType) is { } fault) throw Impossible(name, fault);
        return plan;
    }

    private static bool IsNeverNull(ParameterInfo parameter, NullabilityInfoContext? nullability) =>
        !parameter.ParameterType.IsValueType && nullability?.Create(parameter).WriteState == NullabilityState.NotNull;

    /// <summary>What a caller passes: a delegate may hold the first argument of a static method.</summary>
    private static ParameterInfo[] ParametersOf(Delegate handler)
    {
        var parameters = handler.Method.GetParameters();
        return handler.Method.IsStatic && handler.Target is not null ? parameters[1..] : parameters;
    }

    private Kind KindOf(string name, ParameterInfo parameter)
    {
        var type = parameter.ParameterType;
        if (EventBinder.IsSpecial(type)) return Kind.Special;
        if (IsMarked(parameter, out var isThere)) return isThere ? Kind.Service : throw ImpossibleValue("no such service is registered.");
        if (IsService(type)) return Kind.Service;
        return serializer.FindReadingFault(type) is { } fault ? throw ImpossibleValue(fault) : Kind.Argument;

        ArgumentException ImpossibleValue(string why) =>
            Impossible(name, $"its parameter \"{parameter.Name}\" of type {TypeNames.Of(type)} can get no value: {why}");
    }

    private bool IsMarked(ParameterInfo parameter, out bool isThere)
    {
        isThere = true;
        foreach (var attribute in parameter.GetCustomAttributes())
        {
            var type = parameter.ParameterType;
            if (attribute is FromKeyedServicesAttribute keyed)
                isThere = _isService is not IServiceProviderIsKeyedService known || known.IsKeyedService(type, keyed.Key);
            else if (attribute is IFromServiceMetadata) isThere = _isService?.IsService(type) ?? true;
            else continue;
            return true;
        }

        return false;
    }

    /// <summary>Every enumerable counts as a service to the container, whether or not there is one in it.</summary>
    private bool IsService(Type type) =>
        (type.IsClass || type.IsInterface) && type != typeof(string) && !type.IsArray && _isService is not null
        && !(type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IEnumerable<>)) && _isService.IsService(type);

    private string? FindResultFault(Type type)
    {
        if (type.IsGenericType)
        {
            var definition = type.GetGenericTypeDefinition();
            if (definition == typeof(Task<>) || definition == typeof(ValueTask<>)) type = type.GetGenericArguments()[0];
        }

        // Of any other type the value may be of a derived one, which is what is written.
        if (type == typeof(void) || type == typeof(Task) || type == typeof(ValueTask) || !(type.IsValueType || type.IsSealed)) return null;
        return serializer.FindWritingFault(type) is { } fault ? $"what it returns, {TypeNames.Of(type)}, cannot be sent: {fault}" : null;
    }

    private static ArgumentException Impossible(string name, string reason) =>
        new($"The handler of \"{name}\" can never be called: {reason}");

    /// <summary>The same method may be called through delegates of several types, which an invoker tells apart, and with or without a first
    /// argument held.</summary>
    private readonly record struct Key(MethodInfo Method, Type Type, bool IsClosed)
    {
        public Key(Delegate handler)
            : this(handler.Method, handler.GetType(), handler.Target is not null)
        {
        }
    }

    private enum Kind
    {
        Special,
        Service,
        Argument,
    }
}
