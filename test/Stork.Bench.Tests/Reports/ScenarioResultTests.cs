using Stork.Bench.Measures;
using Stork.Bench.Peers;
using Stork.Bench.Reports;

namespace Stork.Bench.Tests.Reports;

public sealed class ScenarioResultTests
{
    [Fact]
    public void The_share_of_the_ceiling_is_taken_round_by_round()
    {
        var result = Results.Of(Metric.RoundTrips, ("stork", [50, 80, 10]), (Peer.Ceiling, [100, 100, 100]));

        result.ShareOfCeiling(result.Peers[0]).ShouldBe(0.5);
        result.Ratio(result.Peers[1]).ShouldBe(2);
    }

    [Fact]
    public void Of_what_is_better_when_lower_the_share_is_the_other_way_round()
    {
        var result = Results.Of(Metric.ServerCost, ("stork", [40]), (Peer.Ceiling, [10]));

        result.ShareOfCeiling(result.Peers[0]).ShouldBe(0.25);
    }

    [Fact]
    public void Nobody_has_a_share_of_a_ceiling_that_was_not_measured()
    {
        var result = Results.Of(Metric.RoundTrips, ("node", [50]), ("stork", [60]));

        result.ShareOfCeiling(result.Peers[1]).ShouldBeNull();
        result.CeilingDrift.ShouldBeNull();
    }

    [Theory]
    [InlineData(114, false)]
    [InlineData(116, true)]
    public void A_ceiling_that_moves_by_more_than_15_percent_is_told(double second, bool isTold)
    {
        var result = Results.Of(Metric.RoundTrips, ("stork", [10, 10]), (Peer.Ceiling, [100, second]));

        var report = MarkdownReport.Render(Results.Run, [result]);

        report.Contains("The ceiling moved by", StringComparison.Ordinal).ShouldBe(isTold);
    }

    [Fact]
    public void A_line_has_the_median_of_the_rounds_at_each_place()
    {
        var result = Results.OfCurves([[new(1, 10), new(2, 5)], [new(1, 30), new(2, 6)], [new(1, 20), new(2, 7)]]);

        result.Curve(result.Peers[0]).ShouldBe([new CurvePoint(1, 20), new CurvePoint(2, 6)]);
    }
}
