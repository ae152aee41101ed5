using System.Linq.Expressions;
using System.Reflection;
using BenchmarkDotNet.Attributes;

namespace Stork.MicroBenchmarks.Tests;

/// <summary>A benchmark with its setup and cleanup, and the first value of each of its parameters.</summary>
internal sealed class BenchmarkRun : IAsyncDisposable
{
    private readonly object _instance;
    private readonly MethodInfo _method;

    private BenchmarkRun(object instance, MethodInfo method) => (_instance, _method) = (instance, method);

    public static async Task<BenchmarkRun> StartAsync(MethodInfo method)
    {
        var instance = Activator.CreateInstance(method.DeclaringType!)!;
        foreach (var property in method.DeclaringType!.GetProperties())
            if (property.GetCustomAttribute<ParamsAttribute>() is { Values: [var first, ..] }) property.SetValue(instance, first);
        var run = new BenchmarkRun(instance, method);
        await run.CallAllAsync<GlobalSetupAttribute>();
        return run;
    }

    public Task CallAsync() => CallAsync(_method);

    /// <inheritdoc cref="Allocations.Measure"/>
    public long MeasureAllocated() => Allocations.Measure(CompileCall());

    public async ValueTask DisposeAsync() => await CallAllAsync<GlobalCleanupAttribute>();

    /// <summary>A call without boxing what is returned.</summary>
    private Action CompileCall() => Expression
        .Lambda<Action>(Expression.Call(Expression.Constant(_instance), _method))
        .Compile();

    private async Task CallAllAsync<TAttribute>()
        where TAttribute : Attribute
    {
        var marked = _method.DeclaringType!.GetMethods().Where(static method => method.IsDefined(typeof(TAttribute)));
        foreach (var method in marked) await CallAsync(method);
    }

    private async Task CallAsync(MethodInfo method)
    {
        if (method.Invoke(_instance, null) is Task task) await task;
    }
}
