using static System.FormattableString;

namespace PkiCore.LoadTest.Reports;

/// <summary>The table of all scenarios: the same cells in Markdown and on the page.</summary>
internal static class ScenarioTable
{
    /// <summary>Those that end with a blank are over text.</summary>
    public static IReadOnlyList<string> Headings { get; } = ["scenario ", "certificates", "hits/s", "quiet", "beside", "nginx", "own lateness", "target ", "met? "];

    public static IEnumerable<string> Row(ScenarioSummary summary) =>
    [
        summary.Scenario.Name,
        Figures.Whole(summary.Scenario.Certificates),
        Invariant($"{Figures.Whole(summary.Rate)} ({100 * summary.Scenario.Share:0.#} %)"),
        ScenarioSummary.Latency(summary.Quiet),
        ScenarioSummary.Latency(summary.Beside),
        ScenarioSummary.Latency(summary.Nginx),
        summary.OwnLateness.Length > 0 ? summary.OwnLateness : "-",
        summary.Verdict?.Target ?? "-",
        summary.Word,
    ];

    /// <summary>How and on what it was measured.</summary>
    public static string Head(SuiteFigures figures)
    {
        int turns = figures.Scenarios.Select(scenario => scenario.Turns.Count).DefaultIfEmpty(0).Max();
        string beside = figures.OtherProcesses.Length > 0 ? $" Beside it ran: {figures.OtherProcesses}." : "";
        string bound = RunFigures.ToolBound(figures.MaximumSenderBusy) is { Length: > 0 } text ? $", {text}" : "";
        string target = turns < Verdict.LeastTurns ? "So few turns are judged by no target" : "The target is on p99 beside: at most twice that of quiet turns, or 2 ms more";
        return $"{figures.Machine}; {ResultFiles.Day(figures.Date)}. Maximum: {Figures.Whole(figures.Maximum)} requests/s{bound}. Medians of {turns} turns; "
            + "latency in milliseconds from when a request was due: p50 / p99 / p99.9; own lateness: how late the tool itself sent, which is part of it, p99 in the same runs. "
            + $"{target}; void where a run had errors or less than 99 % of its rate.{beside}";
    }

    /// <summary>What happens in a scenario, what it came to, and what is to be said against the figures.</summary>
    public static string Describe(ScenarioSummary summary)
    {
        string[] facts = [.. summary.Facts.Select(fact => Invariant($"{fact.Name} {fact.Value:#,0.###}")), .. summary.Remarks];
        return summary.Scenario.Description + (facts.Length > 0 ? $" ({string.Join("; ", facts)})" : "");
    }
}
