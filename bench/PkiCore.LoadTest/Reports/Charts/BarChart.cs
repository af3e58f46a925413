using System.Globalization;
using System.Xml.Linq;

namespace PkiCore.LoadTest.Reports.Charts;

/// <summary>A bar.</summary>
/// <param name="Label">What it is of; empty when it belongs to the bar before.</param>
/// <param name="Value">How long it is.</param>
/// <param name="Text">Its value in words.</param>
/// <param name="IsMarked">Whether it is what the chart is about.</param>
internal sealed record Bar(string Label, double Value, string Text, bool IsMarked);

/// <summary>Bars with one axis.</summary>
/// <param name="Title">What is measured, and which is better.</param>
/// <param name="Bars">From top to bottom.</param>
/// <param name="IsLogarithmic">For values that are far apart.</param>
internal sealed record BarPanel(string Title, IReadOnlyList<Bar> Bars, bool IsLogarithmic = false);

/// <summary>Lying bars, as an image of its own: a white card that can be read on light and dark pages.</summary>
internal static class BarChart
{
    private const double Width = 760;
    private const double Margin = 20;
    private const double LabelWidth = 220;
    private const double ValueWidth = 130;
    private const double BarWidth = Width - LabelWidth - ValueWidth - (2 * Margin);
    private const double Thickness = 16;
    private const double Gap = 8;
    private const double TitleHeight = 34;
    private const double LegendHeight = 22;

    private const string Marked = "#1f6f8b";
    private const string Other = "#a3adb8";
    private const string Ink = "#24292f";
    private const string Faint = "#d8dee4";

    /// <param name="title">For those who do not see it, as is the description.</param>
    /// <param name="description">What it shows.</param>
    /// <param name="panels">From top to bottom.</param>
    /// <param name="legend">What marked bars and others are; none where their labels say so.</param>
    public static string Draw(string title, string description, IReadOnlyList<BarPanel> panels, (string Marked, string Other)? legend = null)
    {
        double height = Margin + (legend is null ? 0 : LegendHeight) + panels.Sum(Height);
        XElement image = Svg.Image(Width, height, title, description);
        image.Add(Svg.Is("fill", Ink), Svg.Rectangle(0.5, 0.5, Width - 1, height - 1, Svg.Is("rx", "10"), Svg.Is("fill", "#ffffff"), Svg.Is("stroke", Faint)));
        double y = Margin;
        foreach (BarPanel panel in panels)
        {
            image.Add(Panel(panel, y));
            y += Height(panel);
        }

        if (legend is var (marked, other))
        {
            image.Add(Swatch(Margin + LabelWidth, y, Marked, marked), Swatch(Margin + LabelWidth + 160, y, Other, other));
        }

        return image + "\n";
    }

    private static double Height(BarPanel panel) =>
        TitleHeight + panel.Bars.Sum(bar => Thickness + GapBefore(bar)) + (panel.IsLogarithmic ? 24 : 0) + Margin;

    private static double GapBefore(Bar bar) => bar.Label.Length > 0 ? Gap : 1;

    private static IEnumerable<XElement> Panel(BarPanel panel, double top)
    {
        const double Left = Margin + LabelWidth;
        double bottom = top + Height(panel) - Margin;
        yield return Svg.Text(Margin, top + 14, panel.Title, "start", Svg.Is("font-weight", "600"), Svg.Is("font-size", "14"));
        var scale = new LogScale(panel.Bars.Select(bar => bar.Value), BarWidth);
        foreach (double tick in panel.IsLogarithmic ? scale.Ticks : [])
        {
            yield return Svg.Line(Left + scale.At(tick), top + TitleHeight, Left + scale.At(tick), bottom - 18, Svg.Is("stroke", Faint));
            yield return Svg.Text(Left + scale.At(tick), bottom - 4, tick.ToString("0.####", CultureInfo.InvariantCulture), "middle", Svg.Is("font-size", "11"));
        }

        double longest = panel.Bars.Select(bar => bar.Value).DefaultIfEmpty(0).Max();
        double y = top + TitleHeight - Gap;
        foreach (Bar bar in panel.Bars)
        {
            y += GapBefore(bar);
            double length = Math.Max(1, panel.IsLogarithmic ? scale.At(bar.Value) : longest > 0 ? bar.Value / longest * BarWidth : 0);
            yield return Svg.Text(Left - 10, y + 12, bar.Label, "end");
            yield return Svg.Rectangle(Left, y, length, Thickness, Svg.Is("class", "bar"), Svg.Is("rx", "2"), Svg.Is("fill", bar.IsMarked ? Marked : Other));
            yield return Svg.Text(Left + length + 6, y + 12, bar.Text, "start", Svg.Is("font-size", "12"));
            y += Thickness;
        }
    }

    private static IEnumerable<XElement> Swatch(double x, double y, string colour, string text) =>
        [Svg.Rectangle(x, y - 8, 12, 12, Svg.Is("rx", "2"), Svg.Is("fill", colour)), Svg.Text(x + 18, y + 2, text)];
}
