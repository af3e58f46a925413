using System.Globalization;
using PkiCore.X509;

namespace PkiCore.Benchmarks.Table;

/// <summary>
/// <c>table</c>: what the table of certificates takes in memory, how fast it answers, and how fast it is signed, over millions of certificates, as a
/// Markdown table. Each measurement runs in a process of its own.
/// </summary>
internal sealed class TableCommand(TableSettings settings, TableReport report)
{
    private const int DefaultCertificates = 10_000_000;
    private const int QuickCertificates = 100_000;
    private const int MaxRevocations = 100_000;

    /// <returns>The exit code: 1 when a target is missed.</returns>
    public static async Task<int> RunAsync(string[] args)
    {
        bool quick = args.Contains("--quick", StringComparer.Ordinal);
        int place = Array.IndexOf(args, "--count");
        int certificates = place >= 0 ? int.Parse(args[place + 1], CultureInfo.InvariantCulture) : quick ? QuickCertificates : DefaultCertificates;
        using var inputs = new Inputs();
        var report = new TableReport(judges: !quick);
        var command = new TableCommand(new TableSettings { Ca = inputs.Ca.Directory, Certificates = certificates, Quick = quick }, report);
        await command.RunAsync();
        return report.HasMissed ? 1 : 0;
    }

    private async Task RunAsync()
    {
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{settings.Certificates:N0} certificates, P-256; each measurement in a process of its own."));
        Console.WriteLine();
        report.Begin();
        TableSettings one = settings with { Hashes = [CertIdHash.Sha1] };
        int revocations = Math.Min(MaxRevocations, settings.Certificates / 10);
        ReportGrown("one hash, 16-octet serials", 120, await GrowAsync(one with { MeasureHits = true, Revocations = revocations }));
    }

    private async Task<GrownTable> GrowAsync(TableSettings child)
    {
        Progress.Report($"a table of {child.SerialLength}-octet serials, {child.Hashes?.Count ?? 2} hash(es), huge pages {(child.HugePages ? "on" : "off")}");
        return await ChildProcess.MeasureAsync<GrownTable>(GrownTable.Name, child);
    }

    private void ReportGrown(string what, int target, GrownTable grown)
    {
        report.Add(new TableRow($"resident memory per certificate, {what}", Format($"{grown.ResidentPerCertificate:0.0} B"), Format($"<= {target} B"), grown.ResidentPerCertificate <= target));
        report.Add(new TableRow($"peak to resident memory, {what}", Format($"{grown.PeakRatio:0.00}x"), "<= 1.25x", grown.PeakRatio <= 1.25));
        report.Add(new TableRow($"... of it the table, by its own count, {what}", Format($"{grown.TableBytes / 1048576.0:N0} MiB, {(double)grown.TableBytes / grown.Certificates:0.0} B each, index {grown.LoadFactor:0.00} full")));
        report.Add(new TableRow($"... resident by mapping, {what}", string.Join(", ", grown.Memory.Groups.OrderByDescending(group => group.Value).Select(group => Format($"{group.Key} {group.Value / 1048576.0:N0} MiB")))));
        report.Add(new TableRow($"... in huge pages; managed heap; taken for it; before loading, {what}", Format($"{grown.Memory.AnonHugePages / 1048576.0:N0}; {grown.ManagedHeap / 1048576.0:N0}; {grown.ManagedCommitted / 1048576.0:N0}; {grown.ResidentAtStart / 1048576.0:N0} MiB")));
        report.Add(new TableRow($"... to read; to sign, {what}", Format($"{grown.SecondsToRead:N1} s; {grown.SecondsToSign:N1} s")));
        if (grown.Hits is { } hits)
        {
            report.Add(new TableRow($"hits/s {what}", Format($"{hits.PerSecond:N0}"), ">= 2,000,000", hits.PerSecond >= 2_000_000));
            report.Add(new TableRow($"single hits, p50; p99, {what}", Format($"{hits.Median:N0} ns; {hits.Percentile99:N0} ns"), "p99 < 2,000 ns", hits.Percentile99 < 2000));
            report.Add(new TableRow($"bytes allocated per hit, {what}", Format($"{hits.BytesPerHit:0.##}"), "0", hits.BytesPerHit == 0));
        }
    }

    private static string Format(FormattableString text) => FormattableString.Invariant(text);
}
