using System.Runtime.Versioning;
using PkiCore.Testing;

namespace PkiCore.Benchmarks.Galera;

/// <summary><c>galera</c>: reading from and writing to a real cluster of three nodes on this machine, as a Markdown table. Needs root and what tests/run.sh installs.</summary>
[SupportedOSPlatform("linux")]
internal static class GaleraCommand
{
    /// <returns>The exit code: 1 when a target is missed.</returns>
    public static async Task<int> RunAsync(string[] args)
    {
        bool quick = args.Contains("--quick", StringComparer.Ordinal);
        int certificates = quick ? 20_000 : 2_000_000;
        TimeSpan length = TimeSpan.FromSeconds(quick ? 2 : 20);
        var report = new TableReport(judges: !quick);
        var result = new TableResult("galera", certificates);
        Progress.Report("starting the cluster");
        await using Lab lab = await Lab.StartAsync();
        TableReport.Begin();
        await using (LabScene scene = await LabScene.ArrangeAsync(lab, certificates: 1000, seed: 1, CancellationToken.None))
        {
            Progress.Report("writing");
            report.Add(await WriteFigures.MeasureAsync(scene, length));
            Progress.Report("from a revocation to its answer");
            report.Add(await RevocationFigures.MeasureAsync(scene, quick ? 20 : 500, result));
            Progress.Report("the node in use is killed");
            report.Add(await KillFigures.MeasureAsync(scene, quick ? 3 : 20, result));
        }

        Progress.Report(FormattableString.Invariant($"the first load of {certificates:N0} certificates"));
        report.Add(await LoadFigures.MeasureAsync(lab, certificates, quick ? 1 : 5));
        if (args.Contains("--save", StringComparer.Ordinal))
        {
            Progress.Report(result.Save(report.Rows));
        }

        return report.HasMissed ? 1 : 0;
    }
}
