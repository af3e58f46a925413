namespace PkiCore.LoadTest.Reports.Compare;

/// <summary>What servers need, and how long they take, at a rate that all of them can do.</summary>
internal static class FixedRateTables
{
    public static string Processor(CompareFigures figures)
    {
        if (figures.RateAsked(SampleKind.Fixed) is not { } asked)
        {
            return "";
        }

        var table = new MarkdownTable("server", "CPU us/request", "range", "to Kestrel", "to nginx file", "to nginx memory", "requests/s");
        foreach (string server in figures.Servers)
        {
            SampleSeries series = figures.Of(SampleKind.Fixed, server);
            bool cannot = series.IsEmpty;
            series = cannot ? figures.Saturation(server) : series;
            if (series.Median(Cost) is { } cost && series.Median(sample => sample.RequestsPerSecond) is { } rate)
            {
                string note = cannot ? " (its most)" : series.IsSound ? "" : " (off)";
                table.Add(
                    server, Figures.Microseconds(cost), series.Range(Cost, Figures.Microseconds), To(Server.KestrelLike(server)), ToFile(), To(Server.NginxMemory),
                    Figures.Whole(rate) + note + SaturationTables.Errors(series));
            }

            string ToFile() => cannot || server is Server.NginxFile or Server.NginxFileNoSendfile ? "-" : series.To(figures.FasterNginxFile(SampleKind.Fixed, Cost), Cost)?.ToString() ?? "-";

            string To(string peer) => cannot || peer == server ? "-" : series.To(figures.Of(SampleKind.Fixed, peer), Cost)?.ToString() ?? "-";
        }

        return $"Processor time of the server, all threads and processes, at {Figures.Whole(asked)} requests/s; ratios turn by turn, to Kestrel by the same method, and to "
            + $"the nginx with files that needed less in that turn. (its most): cannot do that rate, so the figure is from saturation. (off): did not do it in all turns, or not without errors.\n\n{table}";
    }

    public static string Latency(CompareFigures figures)
    {
        if (figures.RateAsked(SampleKind.Half) is not { } asked)
        {
            return "";
        }

        var table = new MarkdownTable("ms", "p50", "p95", "p99", "range of p99", "p99.9", "the tool's own lateness, p99", "requests/s");
        foreach (string server in figures.Servers)
        {
            SampleSeries series = figures.Of(SampleKind.Half, server);
            if (!series.IsEmpty)
            {
                table.Add(
                    server == Server.NginxMemory ? server + " (the tool's floor)" : server, Time(sample => sample.P50), Time(sample => sample.P95), Time(sample => sample.P99),
                    series.Range(sample => sample.P99, Figures.Milliseconds), Time(sample => sample.P999), Time(sample => sample.OwnLatenessP99),
                    Figures.Whole(series.Median(sample => sample.RequestsPerSecond) ?? 0) + SaturationTables.Errors(series));
            }

            string Time(Func<CompareSample, double?> value) => series.Median(value) is { } time ? Figures.Milliseconds(time) : "-";
        }

        return $"Latency from when a request was due, at {Figures.Whole(asked)} requests/s, half of what PkiCore can do, from the same tool. "
            + $"At floor: PkiCore's p99 is at most twice that of nginx from memory, so a ratio would say nothing.\n\n{table}";
    }

    public static string Allocated(CompareFigures figures)
    {
        var table = new MarkdownTable("server", "bytes allocated per request", "range");
        bool any = false;
        foreach (string server in figures.Servers)
        {
            SampleSeries series = figures.Of(SampleKind.Allocated, server);
            if (series.Median(sample => sample.BytesPerRequest) is { } bytes)
            {
                any = true;
                table.Add(server, Figures.Whole(bytes), series.Range(sample => sample.BytesPerRequest, Figures.Whole));
            }
        }

        return any ? "On the managed heap of the whole process.\n\n" + table : "";
    }

    private static double? Cost(CompareSample sample) => sample.CpuMicrosecondsPerRequest;
}
