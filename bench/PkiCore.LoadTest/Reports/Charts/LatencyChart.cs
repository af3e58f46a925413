using System.Globalization;
using System.Xml.Linq;

namespace PkiCore.LoadTest.Reports.Charts;

/// <summary>A line.</summary>
/// <param name="Name">What it is, which is its CSS class as well.</param>
/// <param name="Times">In milliseconds, one for each of <see cref="LatencyFigures.Percents"/>.</param>
internal sealed record LatencyLine(string Name, IReadOnlyList<double> Times);

/// <summary>
/// How long the slowest took: to the right 1 / (1 - share), upwards milliseconds, both logarithmic. The page it stands in gives
/// its colours: <c>axis</c>, and a class for each line.
/// </summary>
internal static class LatencyChart
{
    private const double Width = 720;
    private const double Height = 300;
    private const double Left = 60;
    private const double Right = 90;
    private const double Top = 12;
    private const double Bottom = 46;
    private const double PlotWidth = Width - Left - Right;
    private const double PlotHeight = Height - Top - Bottom;
    private const double LabelHeight = 15;

    private static readonly double[] s_ticks = [50, 90, 99, 99.9, 99.99];

    public static XElement Draw(string title, IReadOnlyList<LatencyLine> lines)
    {
        var scale = new LogScale(lines.SelectMany(line => line.Times), PlotHeight);
        XElement image = Svg.Image(Width, Height, title, "Percentiles of latency in milliseconds: " + string.Join("; ", lines.Select(Describe)));
        foreach (double percent in s_ticks)
        {
            image.Add(
                Svg.Line(X(percent), Top, X(percent), Top + PlotHeight, Svg.Is("class", "axis")),
                Svg.Text(X(percent), Top + PlotHeight + 18, Number(percent) + " %", "middle"));
        }

        foreach (double time in scale.Ticks)
        {
            image.Add(Svg.Line(Left, Y(time), Left + PlotWidth, Y(time), Svg.Is("class", "axis")), Svg.Text(Left - 8, Y(time) + 4, Number(time), "end"));
        }

        image.Add(Svg.Text(Left, Height - 6, "milliseconds, by the share of the requests that took no longer"));

        double lowest = double.MaxValue; // names stand beside the ends of their lines, from the top down, and not on each other
        foreach (LatencyLine line in lines.OrderByDescending(line => line.Times[^1]))
        {
            double end = Y(line.Times[^1]) + 4;
            lowest = lowest == double.MaxValue ? end : Math.Max(end, lowest + LabelHeight);
            image.Add(
                Svg.Polyline(line.Times.Select((time, i) => (X(LatencyFigures.Percents[i]), Y(time))), Svg.Is("class", "line " + line.Name), Svg.Is("fill", "none")),
                Svg.Text(Left + PlotWidth + 8, lowest, line.Name, "start", Svg.Is("class", "name " + line.Name)));
        }

        return image;

        double Y(double time) => Top + PlotHeight - scale.At(time);
    }

    private static double X(double percent)
    {
        double first = Decades(LatencyFigures.Percents[0]);
        return Left + ((Decades(percent) - first) / (Decades(LatencyFigures.Percents[^1]) - first) * PlotWidth);
    }

    private static double Decades(double percent) => -Math.Log10(1 - (percent / 100));

    private static string Describe(LatencyLine line) => $"{line.Name} {string.Join(", ", line.Times.Select(Figures.Milliseconds))}";

    private static string Number(double value) => value.ToString("0.####", CultureInfo.InvariantCulture);
}
