namespace Stork.Bench.Tests.Measures;

public sealed class StatisticsTests
{
    [Fact]
    public void Ratios_are_those_of_one_round_and_their_median_is_given()
    {
        // The machine was twice as fast in the second round, and three times in the third: nobody gained by that.
        double[] peer = [10, 20, 30];
        double[] reference = [5, 10, 10];

        Statistics.MedianRatio(peer, reference).ShouldBe(2);
        (Statistics.Median(peer) / Statistics.Median(reference)).ShouldBe(2);

        Statistics.MedianRatio([100, 10, 10], [100, 10, 20]).ShouldBe(1);
        Statistics.MedianRatio([30, 10, 20], [10, 20, 30]).ShouldNotBe(Statistics.Median([30, 10, 20]) / Statistics.Median([10, 20, 30]));
        Statistics.MedianRatio([], []).ShouldBeNull();
    }

    [Fact]
    public void Drift_is_what_the_highest_has_more_than_the_lowest()
    {
        Statistics.Drift([100, 115, 110]).ShouldBe(0.15, tolerance: 1e-9);
        Statistics.Drift([115, 100]).ShouldBe(0.15, tolerance: 1e-9);
        Statistics.Drift([100]).ShouldBe(0);
        Statistics.Drift([]).ShouldBe(0);
    }
}
