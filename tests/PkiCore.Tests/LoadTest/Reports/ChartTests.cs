using System.Globalization;
using System.Xml.Linq;
using PkiCore.LoadTest.Reports.Charts;
using PkiCore.LoadTest.Reports.Pages;

namespace PkiCore.Tests.LoadTest.Reports;

public sealed class ChartTests
{
    [Fact]
    public void Comparison_has_a_bar_for_each_server_and_figure()
    {
        XElement image = Parse(CompareChart.Draw(MadeUp.Compare([
            .. MadeUp.Rates("PkiCore GET", 100), .. MadeUp.Rates("nginx file GET", 50), .. MadeUp.Rates("cfssl POST", 4),
            .. MadeUp.Costs("PkiCore GET", 10), .. MadeUp.Costs("nginx file GET", 20),
        ])));

        double[] bars = Bars(image);
        Assert.Equal(5, bars.Length);
        Assert.Equal(bars[0], 2 * bars[1], tolerance: 0.2);
        Assert.Equal(2 * bars[3], bars[4], tolerance: 0.2);
    }

    [Fact]
    public void Load_has_two_bars_for_a_scenario_and_one_where_nothing_else_is_done()
    {
        XElement image = Parse(LoadChart.Draw(MadeUp.Suite(MadeUp.Scenario("a flood", isGated: true, [0.5], [5]), MadeUp.Scenario("steady", isGated: false, [0.5], null))));

        double[] bars = Bars(image);
        Assert.Equal(3, bars.Length);
        Assert.Equal(bars[0], bars[2]);
        Assert.True(bars[0] < bars[1]);
    }

    [Fact]
    public void Image_says_in_words_what_it_shows()
    {
        XElement image = Parse(BarChart.Draw("a < b", "c & d", [new BarPanel("e", [new Bar("f", 1, "1", IsMarked: true)])]));

        Assert.Equal(["a < b", "c & d"], image.Elements().Take(2).Select(element => element.Value));
        Assert.Equal("img", image.Attribute("role")?.Value);
    }

    [Fact]
    public void Nothing_to_show_is_no_error() =>
        Assert.Empty(Bars(Parse(BarChart.Draw("a", "b", [new BarPanel("c", []), new BarPanel("d", [], IsLogarithmic: true)]))));

    [Fact]
    public void Logarithmic_scale_goes_from_power_to_power_in_even_steps()
    {
        var scale = new LogScale([0.2, 30], 300);

        Assert.Equal([0.1, 1, 10, 100], scale.Ticks.Select(tick => Math.Round(tick, 6)));
        Assert.Equal([0, 0, 100, 200, 300], new[] { 0, 0.1, 1, 10, 1000 }.Select(value => Math.Round(scale.At(value), 6)));
    }

    private static XElement Parse(string image) => XDocument.Parse(image).Root!;

    private static double[] Bars(XElement image) =>
    [
        .. image.Elements().Where(element => element.Attribute("class")?.Value == "bar").Select(bar => double.Parse(bar.Attribute("width")!.Value, CultureInfo.InvariantCulture)),
    ];
}
