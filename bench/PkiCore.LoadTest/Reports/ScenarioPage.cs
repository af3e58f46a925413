using System.Xml.Linq;
using PkiCore.LoadTest.Reports.Charts;

namespace PkiCore.LoadTest.Reports;

/// <summary>All scenarios as one HTML page that needs nothing else: a table, and how latency was spread in each.</summary>
internal static class ScenarioPage
{
    private const string Style = """

        :root { color-scheme: light dark; --page: #ffffff; --ink: #24292f; --faint: #d8dee4; --quiet: #1f6f8b; --beside: #b4501e; --nginx: #6e7781; --met: #1a7f37; --missed: #cf222e; }
        @media (prefers-color-scheme: dark) { :root { --page: #14181d; --ink: #dbe2ea; --faint: #363e48; --quiet: #58b4d1; --beside: #ee9a62; --nginx: #9aa4af; --met: #56c271; --missed: #ff7b72; } }
        body { background: var(--page); color: var(--ink); font: 15px/1.5 system-ui, "Segoe UI", "DejaVu Sans", Arial, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem; }
        h2 { margin: 2.5rem 0 .25rem; font-size: 1.15rem; }
        .wide { overflow-x: auto; }
        table { border-collapse: collapse; font-size: .9em; }
        th, td { border-bottom: 1px solid var(--faint); padding: .3rem .55rem; text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
        .text { text-align: left; }
        .met { color: var(--met); }
        .MISSED, .void, .FAILED { color: var(--missed); font-weight: 600; }
        svg { display: block; max-width: 45rem; width: 100%; margin-top: .5rem; }
        svg text { fill: var(--ink); }
        svg .axis { stroke: var(--faint); }
        svg .line { stroke-width: 2; stroke-linejoin: round; }
        svg .line.quiet { stroke: var(--quiet); } svg .line.beside { stroke: var(--beside); } svg .line.nginx { stroke: var(--nginx); }
        svg .name.quiet { fill: var(--quiet); } svg .name.beside { fill: var(--beside); } svg .name.nginx { fill: var(--nginx); }

        """;

    public static string Write(SuiteFigures figures)
    {
        ScenarioSummary[] summaries = [.. figures.Scenarios.Select(scenario => new ScenarioSummary(scenario))];
        var page = new XElement(
            "html",
            new XAttribute("lang", "en"),
            new XElement(
                "head",
                new XElement("meta", new XAttribute("charset", "utf-8")),
                new XElement("meta", new XAttribute("name", "viewport"), new XAttribute("content", "width=device-width, initial-scale=1")),
                new XElement("title", $"PkiCore under load, {ResultFiles.Day(figures.Date)}"),
                new XElement("style", Style)),
            new XElement(
                "body",
                new XElement("h1", "PkiCore under load"),
                new XElement("p", ScenarioTable.Head(figures)),
                new XElement("div", new XAttribute("class", "wide"), Table(summaries)),
                summaries.Select(Section)));
        return $"<!DOCTYPE html>\n{page}\n";
    }

    private static XElement Table(IEnumerable<ScenarioSummary> summaries) => new(
        "table",
        new XElement("thead", new XElement("tr", ScenarioTable.Headings.Select((heading, i) => Cell("th", i, heading.TrimEnd())))),
        new XElement("tbody", summaries.Select(summary => new XElement("tr", ScenarioTable.Row(summary).Select((cell, i) => Cell("td", i, cell))))));

    private static XElement Cell(string element, int column, string text)
    {
        string alignment = ScenarioTable.Headings[column].EndsWith(' ') ? "text" : "number";
        string verdict = column == ScenarioTable.Headings.Count - 1 && element == "td" ? " " + text : "";
        return new XElement(element, new XAttribute("class", (alignment + verdict).TrimEnd()), text);
    }

    private static XElement Section(ScenarioSummary summary)
    {
        LatencyLine[] lines =
        [
            .. from line in new[] { (Name: "quiet", Runs: summary.Quiet), (Name: "beside", Runs: summary.Beside), (Name: "nginx", Runs: summary.Nginx) }
               where line.Runs.Length > 0
               select new LatencyLine(line.Name, ScenarioSummary.Spectrum(line.Runs)),
        ];
        return new XElement(
            "section",
            new XElement("h2", summary.Scenario.Name),
            new XElement("p", ScenarioTable.Describe(summary)),
            lines.Length == 0 ? null : LatencyChart.Draw($"{summary.Scenario.Name}: latency", lines));
    }
}
