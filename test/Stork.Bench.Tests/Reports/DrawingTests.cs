using System.Globalization;
using System.Xml.Linq;
using Stork.Bench.Measures;
using Stork.Bench.Peers;
using Stork.Bench.Reports.Charts;

namespace Stork.Bench.Tests.Reports;

public sealed class DrawingTests
{
    private static readonly string[] s_allowed = ["svg", "title", "g", "text", "rect", "line", "polyline", "circle"];

    [Fact]
    public void Plots_are_plain_drawings_whatever_is_written_in_them()
    {
        var bars = Results.Of(Metric.RoundTrips, ("node", [50, 60]), (Peer.Ceiling, [0, 0]));
        var lines = Results.OfCurves([[new(1, 10), new(2, 5)]]);

        var drawing = XElement.Parse(Drawing.Of("a < b", [ResultPanel.Of(bars), ResultPanel.Of(lines)]).ToString());

        drawing.DescendantsAndSelf().Select(static element => element.Name.LocalName).Distinct().ShouldBeSubsetOf(s_allowed);
        drawing.DescendantsAndSelf().ShouldAllBe(static element => element.Name.NamespaceName == "http://www.w3.org/2000/svg");
        drawing.Descendants().Attributes().ShouldAllBe(static attribute => !attribute.Value.Contains("NaN"));
        drawing.ToString().ShouldContain("Less &lt; more &amp; \"both\"");
    }

    [Fact]
    public void A_bar_is_as_long_as_its_value()
    {
        var result = Results.Of(Metric.RoundTrips, ("node", [50]), ("stork", [200]));

        var widths = Drawing.Of("", [ResultPanel.Of(result)]).Descendants()
            .Where(static element => element.Name.LocalName == "rect")
            .Select(static element => double.Parse(element.Attribute("width")!.Value, CultureInfo.InvariantCulture))
            .ToList();

        (widths[1] / widths[0]).ShouldBe(4, tolerance: 0.01);
    }

    [Theory]
    [InlineData(7, new double[] { 0, 2, 4, 6, 8 })]
    [InlineData(0.9, new[] { 0, 0.2, 0.4, 0.6, 0.8, 1 })]
    [InlineData(0, new[] { 0, 0.2, 0.4, 0.6, 0.8, 1 })]
    public void An_axis_from_zero_has_round_marks_and_room_for_the_highest(double highest, double[] marks)
    {
        var scale = Scale.FromZero(highest);

        scale.Marks().Select(static mark => Math.Round(mark, 6)).ShouldBe(marks);
        scale.Place(highest).ShouldBeLessThanOrEqualTo(1);
    }

    [Fact]
    public void A_logarithmic_axis_gives_equal_room_to_equal_factors()
    {
        var scale = new Scale(100, 10_000, isLogarithmic: true);

        scale.Place(1_000).ShouldBe(0.5, tolerance: 1e-9);
        scale.Marks().Select(static mark => Math.Round(mark)).ShouldBe([100, 1_000, 10_000]);
    }
}
