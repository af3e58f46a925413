using static System.FormattableString;

namespace PkiCore.Benchmarks.Table;

/// <summary>The lines about snapshots and what is made of them.</summary>
internal static class SnapshotRows
{
    private const double Megabyte = 1e6; // as dd counts
    private const double MinSpeedRatio = 0.5;
    private const double MaxLatencyRatio = 2;
    private const double MaxSecondsToAnswer = 1.5;
    private const float MaxMoreMicroseconds = 2000;

    public static IEnumerable<TableRow> OfWriting(string what, SnapshotFigures snapshot)
    {
        double ratio = Statistics.Median(snapshot.Ratios);
        return
        [
            new(
                $"{what}: writing a snapshot to `dd conv=fsync` of the same file, page cache warm",
                Invariant($"{ratio:0.00}x ({snapshot.Ratios.Min():0.00}-{snapshot.Ratios.Max():0.00}; {snapshot.BytesPerSecond / Megabyte:N0} MB/s to {snapshot.CopyBytesPerSecond / Megabyte:N0} MB/s)"),
                Invariant($">= {MinSpeedRatio}x"),
                ratio >= MinSpeedRatio),
            new(
                $"{what}: a snapshot",
                Invariant($"{snapshot.Bytes / Megabyte:N0} MB in {Statistics.Median(snapshot.Seconds):0.00} s; the first, which the responder wrote while it signed, {snapshot.FirstSeconds:0.00} s by its log")),
        ];
    }

    public static IEnumerable<TableRow> OfHits(string what, HitsDuringSnapshot hits)
    {
        float most = Math.Max((float)MaxLatencyRatio * hits.Quiet.Percentile99, hits.Quiet.Percentile99 + MaxMoreMicroseconds);
        return
        [
            new(Invariant($"{what}: hits at 25 % load ({hits.PerSecond:N0}/s), quiet"), Of(hits.Quiet)),
            new($"{what}: hits at 25 % load, while {hits.Snapshots} snapshots and a part are written", Of(hits.Writing)),
            new(
                $"{what}: p99 at 25 % load while snapshots are written",
                Invariant($"{hits.Writing.Percentile99:N1} us to {hits.Quiet.Percentile99:N1} us quiet"),
                Invariant($"<= {most:N1} us (2x quiet, or quiet + 2 ms)"),
                hits.Writing.Percentile99 <= most),
        ];
    }

    public static IEnumerable<TableRow> OfRestarts(string what, Restarts restarts) =>
    [
        .. OfStarts($"{what}: restart to first answer, source in sync", restarts.InSync, restarts.ColdInSync),
        .. OfStarts($"{what}: restart to first answer, source unreachable (ServeBeforeSync.Now)", restarts.Unreachable, restarts.ColdUnreachable),
    ];

    private static IEnumerable<TableRow> OfStarts(string what, IReadOnlyList<RestartFigures> warm, RestartFigures? cold)
    {
        double longest = warm.Max(start => start.SecondsToAnswer);
        return
        [
            new(
                $"{what}, page cache warm",
                Invariant($"{longest:0.00} s, the longest of {warm.Count} (median {Statistics.Median(warm.Select(start => start.SecondsToAnswer)):0.00} s)"),
                Invariant($"<= {MaxSecondsToAnswer} s"),
                longest <= MaxSecondsToAnswer),
            new($"{what}, page cache warm: of these", Of(warm.MaxBy(start => start.SecondsToAnswer)!)),
            new($"{what}, page cache cold", cold is null ? "not measured" : Invariant($"{cold.SecondsToAnswer:0.00} s; {Of(cold)}")),
        ];
    }

    private static string Of(RestartFigures start) => Invariant(
        $"{start.SecondsToMain:0.00} s to the first line of the program, {start.SecondsToResponder:0.00} s to a responder, snapshot read in {start.SecondsToRestore:0.00} s by the responder's log; {start.SecondsCompiling:0.00} s of compiling, all threads");

    private static string Of(LatencyFigures latency) =>
        Invariant($"p50 {latency.Median:N1} us, p99 {latency.Percentile99:N1} us, p99.9 {latency.Percentile999:N1} us, longest {latency.Longest:N0} us");
}
