using Stork.MicroBenchmarks.Server;

namespace Stork.MicroBenchmarks.Tests;

public sealed class BroadcastTests
{
    /// <summary>Fewer than the threads would share; as counted for this one.</summary>
    private const int Many = 200;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_broadcast_allocates_no_more_for_many_receivers_than_for_two(bool isTwiceAtOnce)
    {
        var two = await MeasureAsync(sockets: 2, isTwiceAtOnce);
        var many = await MeasureAsync(Many, isTwiceAtOnce);
        many.ShouldBe(two);
    }

    private static async Task<long> MeasureAsync(int sockets, bool isTwiceAtOnce)
    {
        var benchmark = new Broadcasting { Sockets = sockets };
        await benchmark.SetupAsync();
        Func<long> publish = isTwiceAtOnce ? benchmark.PublishTwiceAtOnce : benchmark.Publish;
        var allocated = Allocations.Measure(() => publish());
        await benchmark.CleanupAsync();
        return allocated;
    }
}
