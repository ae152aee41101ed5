using System.Reflection;
using BenchmarkDotNet.Attributes;

namespace Stork.MicroBenchmarks.Tests;

/// <summary>Runs every micro-benchmark without measuring it, so that none is found broken on the day it is needed.</summary>
public sealed class BenchmarkTests
{
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

    [Theory]
    [MemberData(nameof(AllocationFree))]
    public async Task Allocates_nothing_where_it_is_said_so(string name)
    {
        await using var run = await BenchmarkRun.StartAsync(Find(name));
        run.MeasureAllocated().ShouldBe(0);
    }

    [Theory]
    [MemberData(nameof(Bounded))]
    public async Task Allocates_no_more_than_it_is_said_to(string name)
    {
        var method = Find(name);
        await using var run = await BenchmarkRun.StartAsync(method);
        var operations = Allocations.Calls * method.GetCustomAttribute<BenchmarkAttribute>()!.OperationsPerInvoke;
        (run.MeasureAllocated() / operations)
            .ShouldBeLessThanOrEqualTo(method.GetCustomAttribute<AllocatesAtMostAttribute>()!.Bytes);
    }

    [Fact]
    public void There_is_one_for_each_hot_path()
    {
        string[] expected =
        [
            "PacketDecoding", "PacketEncoding", "OutputQueueing", "Frames", "Timers", "EventHandling", "Emitting", "RecoverableEmitting",
            "Broadcasting", "SocketDeliveries", "JournalFrames", "Messages", "ShardTurns",
        ];
        expected.ShouldBeSubsetOf(Benchmarks.Select(static method => method.DeclaringType!.Name));
    }

    private static string NameOf(MethodInfo method) => $"{method.DeclaringType!.Name}.{method.Name}";

    private static MethodInfo Find(string name) => Benchmarks.Single(method => NameOf(method) == name);
}
