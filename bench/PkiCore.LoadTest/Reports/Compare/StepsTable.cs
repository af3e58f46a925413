using static System.FormattableString;

namespace PkiCore.LoadTest.Reports.Compare;

/// <summary>What <c>bench/compare/steps.sh</c> found: the same program with one setting more or less in each row.</summary>
internal static class StepsTable
{
    public static string Write(CompareFigures figures)
    {
        var table = new MarkdownTable("", "requests/s, keep-alive", "requests/s, close", "CPU us/request", "ms to the first answer");
        foreach (string step in figures.Servers)
        {
            table.Add(step, Rate(ConnectionMode.KeepAlive), Rate(ConnectionMode.Close), Cost(), Start());

            string Rate(string mode) =>
                Cell(figures.Of(SampleKind.Saturation, step, mode, CompareFigures.Connections), sample => sample.RequestsPerSecond, Figures.Whole, series => series.IsClientBound ? ", client-bound" : "");

            string Cost() => Cell(figures.Of(SampleKind.Fixed, step), sample => sample.CpuMicrosecondsPerRequest, Figures.Microseconds, series => series.IsSound ? "" : ", off");

            string Start() => Cell(figures.Of(SampleKind.Start, step), sample => sample.StartMilliseconds, Figures.Whole, _ => "");
        }

        string beside = figures.OtherProcesses.Length > 0 ? $" Beside it ran: {figures.OtherProcesses}." : "";
        return Invariant($"{figures.Machine}; {ResultFiles.Day(figures.Date)}. Medians and ranges of {figures.Turns} turns of {figures.SecondsPerTurn:0.##} s, GET on {CompareFigures.Connections} connections that stay open (keep-alive) or have one request each (close); processor time at {Figures.Whole(figures.RateAsked(SampleKind.Fixed) ?? 0)}/s on those that stay open. A row with three dots is the last one without, but for this setting. The first answer comes from a process of its own, on the server's processor, beside the idle others.{beside}\n\n{table}");
    }

    private static string Cell(SampleSeries series, Func<CompareSample, double?> value, Func<double, string> format, Func<SampleSeries, string> remark) =>
        series.Median(value) is { } median ? $"{format(median)} ({series.Range(value, format)}){remark(series)}{SaturationTables.Errors(series)}" : "-";
}
