using System.Globalization;
using System.Xml.Linq;

namespace Stork.Bench.Reports.Charts;

/// <summary>The few elements that plots are made of.</summary>
/// <remarks>
/// Colours are of middle brightness and the ground is left as it is, so that a plot reads on white and on black alike. There is no style
/// sheet, no script and no font to load: that is what sites leave of an image.
/// </remarks>
internal static class Svg
{
    public const string Ink = "#768390";
    public const string Faint = "#76839055";

    private static readonly XNamespace s_namespace = "http://www.w3.org/2000/svg";

    public static XElement Document(double width, double height, string title, IEnumerable<XElement> content) => Element(
        "svg",
        [
            ("viewBox", string.Create(CultureInfo.InvariantCulture, $"0 0 {width} {height}")), ("width", width), ("height", height),
            ("role", "img"), ("font-family", "system-ui, sans-serif"),
        ],
        [new XElement(s_namespace + "title", title), .. content]);

    public static XElement Group(double x, double y, IEnumerable<XElement> content) =>
        Element("g", [("transform", string.Create(CultureInfo.InvariantCulture, $"translate({x} {y})"))], content);

    public static XElement Text(double x, double y, string text, string anchor = "start", bool isTitle = false) => Element(
        "text",
        [
            ("x", x), ("y", y), ("text-anchor", anchor), ("fill", Ink), ("font-size", isTitle ? 14 : 12),
            ("font-weight", isTitle ? "600" : "400"),
        ],
        [text]);

    public static XElement Box(double x, double y, double width, double height, string color) =>
        Element("rect", [("x", x), ("y", y), ("width", width), ("height", height), ("fill", color), ("rx", 2)], []);

    public static XElement Line(double x1, double y1, double x2, double y2, string color) =>
        Element("line", [("x1", x1), ("y1", y1), ("x2", x2), ("y2", y2), ("stroke", color)], []);

    public static XElement Path(IEnumerable<(double X, double Y)> points, string color) => Element(
        "polyline",
        [
            ("points", string.Join(' ', points.Select(static point => $"{Format(point.X)},{Format(point.Y)}"))),
            ("stroke", color), ("stroke-width", 2), ("fill", "none"), ("stroke-linejoin", "round"),
        ],
        []);

    public static XElement Dot(double x, double y, string color) =>
        Element("circle", [("cx", x), ("cy", y), ("r", 3), ("fill", color)], []);

    private static XElement Element(string name, IEnumerable<(string Name, object Value)> attributes, IEnumerable<object> content) => new(
        s_namespace + name,
        attributes.Select(static attribute => new XAttribute(attribute.Name, Format(attribute.Value))),
        content);

    // A tenth of a pixel is enough, and keeps the files small.
    private static object Format(object value) => value is double number ? number.ToString("0.#", CultureInfo.InvariantCulture) : value;
}
