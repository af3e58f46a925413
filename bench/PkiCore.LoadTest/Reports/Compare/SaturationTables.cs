namespace PkiCore.LoadTest.Reports.Compare;

/// <summary>How many requests servers can do.</summary>
internal static class SaturationTables
{
    public static string Rates(CompareFigures figures)
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

        var table = new MarkdownTable(["requests/s", .. columns.Select(column => $"{column.Mode}, {column.Connections}")]);
        foreach (string server in figures.Servers)
        {
            SampleSeries[] cells = [.. columns.Select(column => figures.Of(SampleKind.Saturation, server, column.Mode, column.Connections))];
            if (!cells.All(cell => cell.IsEmpty))
            {
                table.Add([server, .. cells.Select(Rate)]);
            }
        }

        return "As fast as it goes, on so many connections that stay open (keep-alive), or each for one request (close). "
            + "client-bound: the client's processor was over 90 % busy and the server's was not, so the server can do more.\n\n" + table;
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
        string[] peers = [.. figures.Servers.Where(server => !server.StartsWith("PkiCore", StringComparison.Ordinal))];
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

        return any ? $"The ratio turn by turn, median and range, at {CompareFigures.Connections} connections: those that stay open unless said.\n\n{table}" : "";
    }

    /// <summary>Both with connections of the same kind: openssl keeps none open.</summary>
    public static Ratio? Ratio(CompareFigures figures, string server, string peer)
    {
        string mode = peer == Server.OpenSsl ? ConnectionMode.Close : ConnectionMode.KeepAlive;
        return figures.Of(SampleKind.Saturation, server, mode, CompareFigures.Connections).RateTo(figures.Of(SampleKind.Saturation, peer, mode, CompareFigures.Connections));
    }
}
