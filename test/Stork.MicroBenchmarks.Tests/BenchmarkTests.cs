using System.Reflection;
using BenchmarkDotNet.Attributes;

namespace Stork.MicroBenchmarks.Tests;

/// <summary>Runs every micro-benchmark without measuring it, so that none is found broken on the day it is needed.</summary>
public sealed class BenchmarkTests
{
    /// <summary>Calls after which code is compiled and buffers have their size.</summary>
    private const int WarmUp = 200;
    private const int Counted = 50;

    public static TheoryData<string> All => [.. Benchmarks.Select(NameOf)];

    public static TheoryData<string> AllocationFree =>
        [.. Benchmarks.Where(static method => method.IsDefined(typeof(AllocationFreeAttribute))).Select(NameOf)];

    public static TheoryData<string> Bounded =>
        [.. Benchmarks.Where(static method => method.IsDefined(typeof(AllocatesAtMostAttribute))).Select(NameOf)];

    private static IEnumerable<MethodInfo> Benchmarks =>
        typeof(AllocationFreeAttribute).Assembly.GetExportedTypes().SelectMany(static type => type.GetMethods())
            .Where(static method => method.IsDefined(typeof(BenchmarkAttribute)));

    [Theory]
    [MemberData(nameof(All))]
    public async Task Runs(string name)
    {
        await using var run = await BenchmarkRun.StartAsync(Find(name));
        await run.CallAsync();
        await run.CallAsync();
    }

    /// <summary>As counted for this thread, so that nothing else in the process disturbs it.</summary>
    [Theory]
    [MemberData(nameof(AllocationFree))]
    public async Task Allocates_nothing_where_it_is_said_so(string name)
    {
        await using var run = await BenchmarkRun.StartAsync(Find(name));
        run.MeasureAllocated(WarmUp);
        run.MeasureAllocated(Counted).ShouldBe(0);
    }

    [Theory]
    [MemberData(nameof(Bounded))]
    public async Task Allocates_no_more_than_it_is_said_to(string name)
    {
        var method = Find(name);
        await using var run = await BenchmarkRun.StartAsync(method);
        run.MeasureAllocated(WarmUp);
        var operations = Counted * method.GetCustomAttribute<BenchmarkAttribute>()!.OperationsPerInvoke;
        (run.MeasureAllocated(Counted) / operations)
            .ShouldBeLessThanOrEqualTo(method.GetCustomAttribute<AllocatesAtMostAttribute>()!.Bytes);
    }

    [Fact]
    public void There_is_one_for_each_hot_path()
    {
        string[] expected =
        [
            "PacketDecoding", "PacketEncoding", "OutputQueueing", "Frames", "Timers", "EventHandling", "Emitting", "RecoverableEmitting",
            "Broadcasting", "JournalFrames", "Messages", "ShardTurns",
        ];
        expected.ShouldBeSubsetOf(Benchmarks.Select(static method => method.DeclaringType!.Name));
    }

    private static string NameOf(MethodInfo method) => $"{method.DeclaringType!.Name}.{method.Name}";

    private static MethodInfo Find(string name) => Benchmarks.Single(method => NameOf(method) == name);
}
