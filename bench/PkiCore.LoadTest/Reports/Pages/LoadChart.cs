using PkiCore.LoadTest.Reports.Charts;

namespace PkiCore.LoadTest.Reports.Pages;

/// <summary>How slow one hit in a hundred is, with nothing beside and with what each scenario does.</summary>
internal static class LoadChart
{
    public static string Draw(SuiteFigures figures)
    {
        Bar[] bars = [.. figures.Scenarios.Where(scenario => scenario.Turns.Count > 0).SelectMany(Bars)];
        var panel = new BarPanel("p99 of hits in milliseconds, logarithmic (less is better)", bars, IsLogarithmic: true);
        string words = string.Join(", ", bars.Select(bar => $"{bar.Label} {bar.Text}".TrimStart()));
        return BarChart.Draw("Hits of PkiCore, quiet and beside other work", $"{panel.Title}: {words}", [panel], ("beside", "quiet"));
    }

    private static IEnumerable<Bar> Bars(ScenarioFigures scenario)
    {
        var summary = new ScenarioSummary(scenario);
        yield return Bar(scenario.Name, summary.Quiet, isBeside: false);
        if (summary.Beside.Length > 0)
        {
            yield return Bar("", summary.Beside, isBeside: true);
        }
    }

    private static Bar Bar(string label, IEnumerable<RunFigures> runs, bool isBeside)
    {
        double p99 = ScenarioSummary.P99(runs);
        return new Bar(label, p99, Figures.Milliseconds(p99) + (isBeside ? " beside" : ""), isBeside);
    }
}
