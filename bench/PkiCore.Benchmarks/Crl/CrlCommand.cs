using System.Runtime.Versioning;

namespace PkiCore.Benchmarks.Crl;

/// <summary><c>crl</c>: what it takes to issue, publish and read CRLs, beside SHA-256 over the same bytes and beside other libraries, as a Markdown table.</summary>
[SupportedOSPlatform("linux")]
internal static class CrlCommand
{
    /// <returns>The exit code: 1 when a target is missed.</returns>
    public static int Run(string[] args)
    {
        bool quick = args.Contains("--quick", StringComparer.Ordinal);
        int scale = quick ? 100 : 1;
        int turns = quick ? 3 : 9;
        var report = new TableReport(judges: !quick);
        var result = new TableResult("crl", 10_000_000 / scale);
        string folder = CrlInputs.CreateMemoryFolder();
        try
        {
            using var inputs = new CrlInputs();
            TableReport.Begin();
            foreach (int count in (int[])[300_000 / scale, 1_000_000 / scale])
            {
                Progress.Report(FormattableString.Invariant($"issuing {count:N0} entries"));
                report.Add(new IssueFigures(inputs, folder, count, turns).Measure());
            }

            Progress.Report("reading");
            report.Add(ReadFigures.Measure(inputs, 1_000_000 / scale, turns));
            Progress.Report("other libraries");
            report.Add(PeerFigures.Measure(inputs, [10_000 / scale, 100_000 / scale, 300_000 / scale], dotnetUpTo: 100_000 / scale));
            Progress.Report("128 shards");
            report.Add(ShardFigures.Measure(inputs, folder, 10_000_000 / scale));
            Progress.Report("one CRL of all");
            report.Add(LargeFigures.Measure(inputs, folder, 10_000_000 / scale));
            result.Figures.Add("turns", turns);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        if (args.Contains("--save", StringComparer.Ordinal))
        {
            Progress.Report(result.Save(report.Rows));
        }

        return report.HasMissed ? 1 : 0;
    }
}
