using System.Text;

namespace PkiCore.LoadTest.Reports;

/// <summary>All scenarios as a Markdown table, and what happened in each.</summary>
internal static class ScenarioMarkdown
{
    public static string Write(SuiteFigures figures)
    {
        ScenarioSummary[] summaries = [.. figures.Scenarios.Select(scenario => new ScenarioSummary(scenario))];
        var table = new MarkdownTable(ScenarioTable.Headings);
        var text = new StringBuilder();
        foreach (ScenarioSummary summary in summaries)
        {
            table.Add(ScenarioTable.Row(summary));
            text.Append("- ").Append(summary.Scenario.Name).Append(": ").Append(ScenarioTable.Describe(summary)).Append('\n');
        }

        return $"{ScenarioTable.Head(figures)}\n\n{table}\n{text}";
    }
}
