using System.Globalization;
using System.Xml.Linq;

namespace PkiCore.LoadTest.Reports.Charts;

/// <summary>The few elements that the charts are made of.</summary>
internal static class Svg
{
    private static readonly XNamespace s_svg = "http://www.w3.org/2000/svg";

    /// <summary>An image that says in words what it shows.</summary>
    public static XElement Image(double width, double height, string title, string description) => new(
        s_svg + "svg",
        new XAttribute("viewBox", $"0 0 {Number(width)} {Number(height)}"),
        new XAttribute("role", "img"),
        new XAttribute("font-family", "system-ui, 'Segoe UI', 'DejaVu Sans', Arial, sans-serif"),
        new XAttribute("font-size", "13"),
        new XElement(s_svg + "title", title),
        new XElement(s_svg + "desc", description));

    public static XElement Rectangle(double x, double y, double width, double height, params IEnumerable<XAttribute> attributes) =>
        new(s_svg + "rect", At("x", x), At("y", y), At("width", width), At("height", height), attributes);

    public static XElement Line(double x1, double y1, double x2, double y2, params IEnumerable<XAttribute> attributes) =>
        new(s_svg + "line", At("x1", x1), At("y1", y1), At("x2", x2), At("y2", y2), attributes);

    public static XElement Polyline(IEnumerable<(double X, double Y)> points, params IEnumerable<XAttribute> attributes) =>
        new(s_svg + "polyline", new XAttribute("points", string.Join(' ', points.Select(point => $"{Number(point.X)},{Number(point.Y)}"))), attributes);

    /// <param name="x">Of its <paramref name="anchor"/>.</param>
    /// <param name="y">Of its base line.</param>
    /// <param name="text">What it says.</param>
    /// <param name="anchor"><c>start</c>, <c>middle</c> or <c>end</c>.</param>
    /// <param name="attributes">All else.</param>
    public static XElement Text(double x, double y, string text, string anchor = "start", params IEnumerable<XAttribute> attributes) =>
        new(s_svg + "text", At("x", x), At("y", y), new XAttribute("text-anchor", anchor), attributes, text);

    public static XAttribute Is(string name, string value) => new(name, value);

    private static XAttribute At(string name, double value) => new(name, Number(value));

    private static string Number(double value) => value.ToString("0.#", CultureInfo.InvariantCulture);
}
