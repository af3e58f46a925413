using static System.FormattableString;

namespace PkiCore.LoadTest.Reports.Compare;

/// <summary>The tables of a comparison, in Markdown.</summary>
internal static class CompareTables
{
    /// <summary>All that there is something for, with a line before each.</summary>
    public static string Write(CompareFigures figures)
    {
        string beside = figures.OtherProcesses.Length > 0 ? $" Beside it ran: {figures.OtherProcesses}." : "";
        string[] parts =
        [
            Invariant($"{figures.Machine}; {ResultFiles.Day(figures.Date)}. Medians of {figures.Turns} turns of {figures.SecondsPerTurn:0.##} s (A B C ...), the server on one processor and the client on another; a reply of {figures.ReplyBytes} bytes.{beside}\n"),
            Targets(figures),
            SaturationTables.Rates(figures),
            SaturationTables.Costs(figures),
            SaturationTables.Ratios(figures),
            FixedRateTables.Processor(figures),
            FixedRateTables.Latency(figures),
            FixedRateTables.Allocated(figures),
        ];
        return string.Join('\n', parts.Where(part => part.Length > 0));
    }

    private static string Targets(CompareFigures figures)
    {
        if (figures.Turns < Verdict.LeastTurns)
        {
            return "So few turns are judged by no target.\n";
        }

        Verdict[] verdicts = [.. CompareTargets.Judge(figures)];
        var table = new MarkdownTable("target ", "measured", "met? ");
        foreach (Verdict verdict in verdicts)
        {
            table.Add(verdict.Target, verdict.Measured, verdict.Word);
        }

        return verdicts.Length == 0 ? "" : table.ToString();
    }
}
