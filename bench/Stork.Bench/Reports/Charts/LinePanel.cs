using System.Xml.Linq;

namespace Stork.Bench.Reports.Charts;

/// <summary>Lines over a number that grows, or over time.</summary>
/// <param name="title">The heading.</param>
/// <param name="caption">What the height is.</param>
/// <param name="xTitle">What goes to the right.</param>
/// <param name="isLogarithmic">Whether it grows by factors.</param>
/// <param name="series">One line each.</param>
internal sealed class LinePanel(string title, string caption, string xTitle, bool isLogarithmic, IReadOnlyList<Series> series)
    : Panel(title, caption)
{
    private const double Left = 70;
    private const double Right = 16;
    private const double LegendRow = 20;
    private const double Plot = 220;
    private const double Bottom = 44;
    private const double LegendWidth = 150;
    private const int NamesInARow = 4;

    public override double Height => End + Bottom;

    private double End => Top + ((series.Count + NamesInARow - 1) / NamesInARow * LegendRow) + Plot;

    protected override IEnumerable<XElement> DrawContent()
    {
        var points = series.SelectMany(static line => line.Points).ToList();
        if (points.Count == 0)
            return [];
        var x = new Scale(points.Min(static point => point.X), points.Max(static point => point.X), isLogarithmic);
        var y = Scale.FromZero(points.Max(static point => point.Y));
        return [.. DrawAxes(x, y), .. series.SelectMany((line, index) => DrawLine(line, index, x, y))];
    }

    private IEnumerable<XElement> DrawAxes(Scale x, Scale y)
    {
        foreach (var mark in y.Marks())
        {
            yield return Svg.Line(Left, YOf(mark, y), Width - Right, YOf(mark, y), Svg.Faint);
            yield return Svg.Text(Left - 8, YOf(mark, y) + 4, $"{mark:#,0.##}", "end");
        }

        foreach (var mark in x.Marks())
        {
            yield return Svg.Line(XOf(mark, x), End, XOf(mark, x), End + 4, Svg.Ink);
            yield return Svg.Text(XOf(mark, x), End + 18, $"{mark:#,0.##}", "middle");
        }

        yield return Svg.Text(Left + ((Width - Left - Right) / 2), End + 38, xTitle, "middle");
    }

    private IEnumerable<XElement> DrawLine(Series line, int index, Scale x, Scale y)
    {
        var places = line.Points.Select(point => (XOf(point.X, x), YOf(point.Y, y))).ToList();
        var (row, column) = Math.DivRem(index, NamesInARow);
        yield return Svg.Box(Left + (column * LegendWidth), Top - 4 + (row * LegendRow), 12, 12, line.Color);
        yield return Svg.Text(Left + (column * LegendWidth) + 18, Top + 6 + (row * LegendRow), line.Name);
        yield return Svg.Path(places, line.Color);
        foreach (var (placeX, placeY) in places)
            yield return Svg.Dot(placeX, placeY, line.Color);
    }

    private static double XOf(double value, Scale scale) => Left + (scale.Place(value) * (Width - Left - Right));

    private double YOf(double value, Scale scale) => End - (scale.Place(value) * Plot);
}
