using System.Xml.Linq;

namespace Stork.Bench.Reports.Charts;

/// <summary>Panels, one below the other, as an SVG document.</summary>
internal static class Drawing
{
    private const double Margin = 16;
    private const double Gap = 28;

    public static XElement Of(string title, IReadOnlyList<Panel> panels)
    {
        var content = new List<XElement>();
        var y = Margin;
        foreach (var panel in panels)
        {
            content.Add(Svg.Group(Margin, y, panel.Draw()));
            y += panel.Height + Gap;
        }

        return Svg.Document(Panel.Width + (2 * Margin), y - Gap + Margin, title, content);
    }
}
