using static System.FormattableString;

namespace PkiCore.Benchmarks.Table;

/// <summary>The lines about tables that grew from empty.</summary>
internal static class GrownRows
{
    private const double Mebibyte = 1 << 20;
    private const double MaxPeakRatio = 1.25;
    private const double MaxPercentile99 = 2000;
    private const double MaxRevocationRatio = 1.3;

    /// <param name="what">Which table.</param>
    /// <param name="target">The bytes that a certificate may take; <see langword="null"/> when that is only told.</param>
    /// <param name="grown">The figures.</param>
    public static IEnumerable<TableRow> OfMemory(string what, int? target, GrownTable grown) =>
    [
        new(
            $"{what}: resident memory per certificate",
            Invariant($"{grown.ResidentPerCertificate:0.0} B"),
            target is null ? null : Invariant($"<= {target} B"),
            target is null || grown.ResidentPerCertificate <= target),
        new($"{what}: peak to resident memory", Invariant($"{grown.PeakRatio:0.00}x"), Invariant($"<= {MaxPeakRatio}x"), grown.PeakRatio <= MaxPeakRatio),
        new($"{what}: the table by its own count", Invariant($"{grown.TableBytes / Mebibyte:N0} MiB, {(double)grown.TableBytes / grown.Certificates:0.0} B each; index {grown.LoadFactor:0.00} full")),
        new($"{what}: resident before it was filled", Invariant($"{grown.ResidentAtStart / Mebibyte:N0} MiB")),
        new($"{what}: resident by mapping", string.Join(", ", grown.Memory.Groups.OrderByDescending(group => group.Value).Select(group => Invariant($"{group.Key} {group.Value / Mebibyte:N1} MiB")))),
        new($"{what}: in huge pages", Invariant($"{grown.Memory.AnonHugePages / Mebibyte:N0} MiB")),
        new($"{what}: managed heap", Invariant($"{grown.ManagedHeap / Mebibyte:N1} MiB, {grown.ManagedCommitted / Mebibyte:N1} MiB committed at the last collection")),
        new($"{what}: to read; to sign", Invariant($"{grown.SecondsToRead:N1} s; {grown.SecondsToSign:N1} s")),
        new($"{what}: every answer read, one in 1,000 verified", "as it should be"), // else there would be no figures
    ];

    /// <param name="what">Which table.</param>
    /// <param name="target">The hits per second that it has to reach.</param>
    /// <param name="hits">The figures.</param>
    public static IEnumerable<TableRow> OfHits(string what, int target, HitFigures hits) =>
    [
        new($"{what}: hits/s, one thread", Invariant($"{hits.PerSecond:N0} ({hits.Turns.Min():N0}-{hits.Turns.Max():N0})"), Invariant($">= {target:N0}"), hits.PerSecond >= target),
        new($"{what}: single hits, p50", Invariant($"{hits.Median:N0} ns")),
        new($"{what}: single hits, p99", Invariant($"{hits.Percentile99:N0} ns"), Invariant($"< {MaxPercentile99:N0} ns"), hits.Percentile99 < MaxPercentile99),
        new($"{what}: bytes allocated per hit", Invariant($"{hits.BytesPerHit:0.##}"), "0", hits.BytesPerHit == 0),
    ];

    public static TableRow OfRevocation(string what, RevocationFigures revocation) => new(
        Invariant($"{what}: {revocation.Certificates:N0} revoked at once, to bare signing"),
        Invariant($"{revocation.Ratio:0.00}x ({revocation.Seconds:0.00} s to {revocation.BareSeconds.Average():0.00} s)"),
        Invariant($"<= {MaxRevocationRatio}x"),
        revocation.Ratio <= MaxRevocationRatio);

    public static IEnumerable<TableRow> OfPresigning(PresignFigures presign)
    {
        double ratio = Statistics.Median(presign.Ratios);
        return
        [
            new(
                "signing ahead to bare signing",
                Invariant($"{ratio:0.00}x ({presign.Ratios.Min():0.00}-{presign.Ratios.Max():0.00}; {Statistics.Median(presign.Presigner):N0}/s to {Statistics.Median(presign.Bare):N0}/s)"),
                ">= 0.9x",
                ratio >= 0.9),
            new("signing ahead to bare signing, by processor time", Invariant($"{Statistics.Median(presign.ProcessorRatios):0.00}x ({presign.ProcessorRatios.Min():0.00}-{presign.ProcessorRatios.Max():0.00})")),
        ];
    }
}
