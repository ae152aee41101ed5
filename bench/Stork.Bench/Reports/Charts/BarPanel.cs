using System.Xml.Linq;

namespace Stork.Bench.Reports.Charts;

/// <summary>Horizontal bars from zero, with a thin line from the lowest to the highest round.</summary>
internal sealed class BarPanel(string title, string caption, IReadOnlyList<Bar> bars) : Panel(title, caption)
{
    private const double Row = 26;
    private const double Thickness = 16;
    private const double Left = 150;
    private const double Right = 110;
    private const double TextDrop = 13;

    public override double Height => Top + (bars.Count * Row);

    protected override IEnumerable<XElement> DrawContent()
    {
        var highest = bars.Select(static bar => bar.Highest).Append(0).Max();
        var scale = highest > 0 ? (Width - Left - Right) / highest : 0;
        var y = Top;
        foreach (var bar in bars)
        {
            yield return Svg.Text(Left - 10, y + TextDrop, bar.Name, "end");
            yield return Svg.Box(Left, y, Math.Max(0, bar.Value) * scale, Thickness, bar.Color);
            if (bar.Highest > bar.Lowest)
            {
                var middle = y + (Thickness / 2);
                yield return Svg.Line(Left + (Math.Max(0, bar.Lowest) * scale), middle, Left + (bar.Highest * scale), middle, Svg.Ink);
            }

            yield return Svg.Text(Left + (Math.Max(0, bar.Highest) * scale) + 8, y + TextDrop, bar.Text);
            y += Row;
        }
    }
}
