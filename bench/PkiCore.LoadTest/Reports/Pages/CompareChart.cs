using PkiCore.LoadTest.Reports.Charts;
using PkiCore.LoadTest.Reports.Compare;

namespace PkiCore.LoadTest.Reports.Pages;

/// <summary>What servers can do, and what a request costs them.</summary>
internal static class CompareChart
{
    public static string Draw(CompareFigures figures)
    {
        BarPanel[] panels =
        [
            new($"Requests per second, {CompareFigures.Connections} connections (more is better)", [.. figures.Servers.Select(Rate).OfType<Bar>()]),
            new($"Processor time per request at {Figures.Whole(figures.RateAsked(SampleKind.Fixed) ?? 0)}/s, microseconds (less is better)", [.. figures.Servers.Select(Cost).OfType<Bar>()]),
        ];
        string words = string.Join(". ", panels.Select(panel => $"{panel.Title}: {string.Join(", ", panel.Bars.Select(bar => $"{bar.Label} {bar.Text}"))}"));
        return BarChart.Draw("PkiCore beside other servers", words, [.. panels.Where(panel => panel.Bars.Count > 0)]);

        Bar? Rate(string server)
        {
            SampleSeries series = figures.Saturation(server);
            string remark = series.IsClientBound ? ", client-bound" : server == Server.OpenSsl ? ", close" : "";
            return series.Median(sample => sample.RequestsPerSecond) is { } rate ? new Bar(server, rate, Figures.Whole(rate) + remark, IsOurs(server)) : null;
        }

        Bar? Cost(string server) => figures.Of(SampleKind.Fixed, server).Median(sample => sample.CpuMicrosecondsPerRequest) is { } cost
            ? new Bar(server, cost, Figures.Microseconds(cost), IsOurs(server))
            : null;
    }

    private static bool IsOurs(string server) => server.StartsWith("PkiCore", StringComparison.Ordinal);
}
