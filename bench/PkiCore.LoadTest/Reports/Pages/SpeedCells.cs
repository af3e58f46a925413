using System.Text.Json;
using System.Text.RegularExpressions;
using PkiCore.LoadTest.Reports.Compare;

namespace PkiCore.LoadTest.Reports.Pages;

/// <summary>What stands behind the name of a row in the README.</summary>
/// <param name="Value">PkiCore's.</param>
/// <param name="Beside">What it is compared with.</param>
internal sealed partial record SpeedCells(string Value, string Beside)
{
    /// <summary>Fills cells of a line into two texts. <c>{value}</c> is without what stands in brackets or behind a comma, <c>{note}</c> the last of it.</summary>
    public static SpeedCells OfLine(IReadOnlyDictionary<string, JsonElement> line, string value, string beside)
    {
        return new SpeedCells(Fill(value), Fill(beside));

        string Fill(string text) => ColumnPattern().Replace(text, column => column.Groups["name"].Value switch
        {
            "value" => ValuePattern().Match(SavedTable.Cell(line, "value")).Groups["value"].Value,
            "note" => ValuePattern().Match(SavedTable.Cell(line, "value")).Groups["note"].Value,
            string name => SavedTable.Cell(line, name),
        });
    }

    public static SpeedCells? Rate(ResultFiles results, string server, params (string Server, string Name)[] peers)
    {
        if (results.Compare is not { } figures || figures.Saturation(server).Median(sample => sample.RequestsPerSecond) is not { } rate)
        {
            return null;
        }

        IEnumerable<string> ratios =
            from peer in peers
            let ratio = SaturationTables.Ratio(figures, server, peer.Server)
            where ratio is not null
            select $"{ratio.InShort} {peer.Name}";
        return new SpeedCells($"{Figures.Whole(rate)}/s", string.Join(", ", ratios));
    }

    public static SpeedCells? Processor(ResultFiles results)
    {
        if (results.Compare is not { } figures || figures.Of(SampleKind.Fixed, Server.PkiCoreGet).Median(Cost) is not { } cost)
        {
            return null;
        }

        return new SpeedCells(
            $"{Figures.Microseconds(cost)} us",
            $"{To(figures.Of(SampleKind.Fixed, Server.KestrelGet))} that of Kestrel, {To(figures.FasterNginxFile(SampleKind.Fixed, Cost))} that of nginx from files");

        string To(SampleSeries peer) => figures.Of(SampleKind.Fixed, Server.PkiCoreGet).To(peer, Cost)?.InShort ?? "-";

        static double? Cost(CompareSample sample) => sample.CpuMicrosecondsPerRequest;
    }

    /// <summary>With the range: it is wide.</summary>
    public static SpeedCells? Tail(ResultFiles results)
    {
        return P99(results.Compare?.Of(SampleKind.Half, Server.PkiCoreGet)) is { } ours
            ? new SpeedCells(ours, $"nginx from files {P99(results.Compare?.FasterNginxFile(SampleKind.Half, sample => sample.P99)) ?? "-"}")
            : null;

        static string? P99(SampleSeries? series) =>
            series?.Median(sample => sample.P99) is { } time ? $"{Figures.Milliseconds(time)} ms ({series.Range(sample => sample.P99, Figures.Milliseconds)})" : null;
    }

    /// <summary>The slowest of the scenarios in which hits have to stay quick.</summary>
    public static SpeedCells? BesideHits(ResultFiles results)
    {
        ScenarioSummary[] gated = [.. results.Load?.Scenarios.Where(scenario => scenario.IsGated).Select(scenario => new ScenarioSummary(scenario)) ?? []];
        string[] unknown = [.. gated.Where(summary => summary.Scenario.Failure is not null || !summary.IsSound).Select(summary => $"{summary.Scenario.Name}: {summary.Word}")];
        if (unknown.Length > 0)
        {
            return new SpeedCells(string.Join(", ", unknown), ""); // that one may have been the slowest
        }

        ScenarioSummary? slowest = gated.Where(summary => summary.Verdict is not null).MaxBy(summary => ScenarioSummary.P99(summary.Beside));
        return slowest is null
            ? null
            : new SpeedCells(
                $"{Figures.Milliseconds(ScenarioSummary.P99(slowest.Beside))} ms in the slowest",
                $"{Figures.Milliseconds(ScenarioSummary.P99(slowest.Quiet))} ms with nothing beside ({slowest.Scenario.Name}; medians of the turns)");
    }

    public static SpeedCells? CrlFromList(ResultFiles results)
    {
        if (results.Table("crl") is not { } table)
        {
            return null;
        }

        return OfLine(table.Row("100,000 entries: PkiCore, from a list to signed bytes"), "{value}", "") with
        {
            Beside = $"BouncyCastle takes {Peer("Portable.BouncyCastle X509V2CrlGenerator")} as long, .NET's builder {Peer(".NET CertificateRevocationListBuilder")}",
        };

        string Peer(string name) => SavedTable.Cell(table.Row($"100,000 entries: {name}"), "value").Split(", ")[^1];
    }

    [GeneratedRegex(@"\{(?<name>\w+)\}", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex ColumnPattern();

    // 1.76x (1.56-2.60; 43.1 ms)   203 ms (p50 121, p90 181)   0.81 s, the longest of 3   1.22x (1.13-1.35; 1.45 s and 1.19 s)
    [GeneratedRegex(@"^(?<value>.+?)(, .*| \((.*; (?<note>[^;]+?)( and .*)?|.*)\))?$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex ValuePattern();
}
