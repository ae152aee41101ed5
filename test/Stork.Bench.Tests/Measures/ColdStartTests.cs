using Stork.Bench.Measures;

namespace Stork.Bench.Tests.Measures;

public sealed class ColdStartTests
{
    // The rate grows by 10 with every half second, up to 200 at 10 s.
    private static readonly CurvePoint[] s_rising =
        [.. Enumerable.Range(1, 36).Select(static at => new CurvePoint(at * 0.5, Math.Min(200, at * 10)))];

    [Fact]
    public void The_steady_rate_is_that_of_the_late_windows()
    {
        CurvePoint[] withALull = [.. s_rising[..^1], new(18, 1)];

        new ColdStart(withALull, steadyFrom: 15).Steady.ShouldBe(200);
    }

    [Fact]
    public void The_rate_at_a_moment_is_that_of_the_windows_around_it() =>
        // 60 in the window that ends at 3 s, 70 in the one that begins there.
        new ColdStart(s_rising, steadyFrom: 15).ShareAt(3).ShouldBe(0.325, tolerance: 1e-9);

    [Fact]
    public void One_fast_window_alone_is_not_the_time_from_which_a_server_is_fast()
    {
        CurvePoint[] withLuck = [.. s_rising];
        withLuck[3] = new CurvePoint(2, 400);

        new ColdStart(withLuck, steadyFrom: 15).TimeUntil(0.9).ShouldBe(9);
    }

    [Fact]
    public void A_server_that_is_never_twice_so_fast_takes_all_the_time() =>
        new ColdStart(s_rising, steadyFrom: 15).TimeUntil(2).ShouldBe(18);

    [Fact]
    public void Without_late_windows_nothing_is_steady() =>
        Should.Throw<BenchmarkException>(() => new ColdStart(s_rising, steadyFrom: 18));
}
