[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace Stork.MicroBenchmarks.Tests;

/// <summary>
/// What a call allocates once everything is warm. Counted for the calling thread, in a process where no other test runs and methods are
/// compiled once: a faster version that arrives between two measurements may allocate less than the one before.
/// </summary>
internal static class Allocations
{
    /// <summary>Calls after which code is compiled and buffers have their size.</summary>
    private const int WarmUp = 200;

    /// <summary>
    /// What every call allocates is in each pass. What comes once in a while is not: a pooled buffer that the pool gave up, or that another
    /// thread had just then.
    /// </summary>
    private const int Passes = 5;

    /// <summary>Calls in a pass.</summary>
    public const int Calls = 50;

    /// <summary>Bytes that the passes' best took for <see cref="Calls"/> calls.</summary>
    public static long Measure(Action call)
    {
        for (var i = 0; i < WarmUp; i++) call();
        var least = long.MaxValue;
        for (var pass = 0; pass < Passes; pass++) least = Math.Min(least, MeasurePass(call));
        return least;
    }

    private static long MeasurePass(Action call)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < Calls; i++) call();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}
