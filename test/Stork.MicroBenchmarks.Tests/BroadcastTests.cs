using Stork.MicroBenchmarks.Server;

namespace Stork.MicroBenchmarks.Tests;

public sealed class BroadcastTests
{
    private const int WarmUp = 200;
    private const int Counted = 50;

    /// <summary>Fewer than the threads would share; as counted for this one.</summary>
    private const int Many = 200;

    [Fact]
    public async Task A_broadcast_allocates_no_more_for_many_receivers_than_for_one()
    {
        var one = await MeasureAsync(sockets: 1);
        var many = await MeasureAsync(Many);
        many.ShouldBe(one);
    }

    private static async Task<long> MeasureAsync(int sockets)
    {
        var benchmark = new Broadcasting { Sockets = sockets };
        await benchmark.SetupAsync();
        for (var i = 0; i < WarmUp; i++) benchmark.Publish();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < Counted; i++) benchmark.Publish();
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        await benchmark.CleanupAsync();
        return allocated;
    }
}
