using System.Xml.Linq;

namespace Stork.Bench.Reports.Charts;

/// <summary>One plot with its heading; a drawing has one or more of them.</summary>
internal abstract class Panel(string title, string caption)
{
    public const double Width = 720;

    /// <summary>From the top to where the plot itself begins.</summary>
    protected const double Top = 52;

    public abstract double Height { get; }

    public IEnumerable<XElement> Draw() =>
        [Svg.Text(0, 16, title, isTitle: true), Svg.Text(0, 36, caption), .. DrawContent()];

    protected abstract IEnumerable<XElement> DrawContent();
}
