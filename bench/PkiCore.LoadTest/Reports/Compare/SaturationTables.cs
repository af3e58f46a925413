namespace PkiCore.LoadTest.Reports.Compare;

/// <summary>How many requests servers can do.</summary>
internal static class SaturationTables
{
    public static string Rates(CompareFigures figures) => Table(
        figures,
        "requests/s",
        Rate,
        "As fast as it goes, on so many connections that stay open (keep-alive), or each for one request (close). "
            + "client-bound: the client's processor was over 90 % busy, so the server may be able to do more.");

    /// <summary>How what a request costs grows with the connections.</summary>
    public static string Costs(CompareFigures figures) => Table(
        figures,
        "CPU us/request",
        series => series.Median(sample => sample.CpuMicrosecondsPerRequest) is { } cost ? Figures.Microseconds(cost) : "-",
        "Processor time of the server for a request in the same samples.");

    private static string Table(CompareFigures figures, string heading, Func<SampleSeries, string> cell, string words)
    {
        (string Mode, int Connections)[] columns =
        [
            .. figures.Samples.Where(sample => sample.Kind == SampleKind.Saturation).Select(sample => (sample.Mode, sample.Connections)).Distinct()
                .OrderBy(column => column.Mode == ConnectionMode.Close).ThenBy(column => column.Connections),
        ];
        if (columns.Length == 0)
        {
            return "";
        }

        var table = new MarkdownTable([heading, .. columns.Select(column => $"{column.Mode}, {column.Connections}")]);
        foreach (string server in figures.Servers)
        {
            SampleSeries[] cells = [.. columns.Select(column => figures.Of(SampleKind.Saturation, server, column.Mode, column.Connections))];
            if (!cells.All(series => series.IsEmpty))
            {
                table.Add([server, .. cells.Select(cell)]);
            }
        }

        return $"{words}\n\n{table}";
    }

    private static string Rate(SampleSeries series)
    {
        if (series.Median(sample => sample.RequestsPerSecond) is not { } rate)
        {
            return "-";
        }

        return Figures.Whole(rate) + (series.IsClientBound ? ", client-bound" : "") + Errors(series);
    }

    public static string Errors(SampleSeries series) => series.Errors > 0 ? $", {Figures.Whole(series.Errors)} errors" : "";

    public static string Ratios(CompareFigures figures)
    {
        string[] peers = [.. figures.Servers.Where(server => !server.StartsWith("PkiCore", StringComparison.Ordinal) && server != Server.NginxFileNoSendfile)];
        var table = new MarkdownTable("requests/s to those of", Server.PkiCoreGet, Server.PkiCorePost);
        bool any = false;
        foreach (string peer in peers)
        {
            string[] cells = [ToPeer(Server.PkiCoreGet), ToPeer(Server.PkiCorePost)];
            if (cells.Any(cell => cell != "-"))
            {
                any = true;
                table.Add([peer == Server.OpenSsl ? peer + " (close)" : peer, .. cells]);
            }

            // Kestrel is asked by both methods: each is compared with its own. The others answer by one only.
            string ToPeer(string server) =>
                peer.StartsWith("Kestrel", StringComparison.Ordinal) && Server.KestrelLike(peer) != Server.KestrelLike(server) ? "-" : Ratio(figures, server, peer)?.ToString() ?? "-";
        }

        return any ? $"The ratio turn by turn, median and range, at {CompareFigures.Connections} connections: those that stay open unless said. {Server.NginxFile}: the faster of its two settings in that turn.\n\n{table}" : "";
    }

    /// <summary>Both with connections of the same kind: openssl keeps none open.</summary>
    public static Ratio? Ratio(CompareFigures figures, string server, string peer)
    {
        string mode = peer == Server.OpenSsl ? ConnectionMode.Close : ConnectionMode.KeepAlive;
        SampleSeries theirs = peer == Server.NginxFile
            ? figures.FasterNginxFile(SampleKind.Saturation, sample => -sample.RequestsPerSecond)
            : figures.Of(SampleKind.Saturation, peer, mode, CompareFigures.Connections);
        return figures.Of(SampleKind.Saturation, server, mode, CompareFigures.Connections).RateTo(theirs);
    }
}
