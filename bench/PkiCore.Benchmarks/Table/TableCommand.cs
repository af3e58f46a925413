using System.Globalization;
using PkiCore.Testing;
using PkiCore.X509;
using static System.FormattableString;

namespace PkiCore.Benchmarks.Table;

/// <summary>
/// <c>table</c>: what the table of certificates takes in memory, how fast it answers, and how fast it is signed, over millions of certificates, as a
/// Markdown table. Each measurement runs in a process of its own.
/// </summary>
internal sealed class TableCommand
{
    private const int DefaultCertificates = 10_000_000;
    private const int QuickCertificates = 100_000;
    private const int MaxRevocations = 100_000;
    private const int FewestCertificates = 1000;
    private const int UsageExitCode = 2;

    /// <summary>Beside what is built: the temporary directory may be in memory.</summary>
    private readonly string _snapshots = Checkout.PathOf(Invariant($"artifacts/table-{Environment.ProcessId}"));

    private readonly TableSettings _settings;
    private readonly TableReport _report;
    private readonly TableResult _result;

    private TableCommand(TableSettings settings)
    {
        _settings = settings;
        _report = new TableReport(judges: !settings.Quick);
        _result = new TableResult("table", settings.Certificates);
    }

    /// <returns>The exit code: 1 when a target is missed, or an answer was wrong; 2 for wrong arguments.</returns>
    public static async Task<int> RunAsync(string[] args)
    {
        bool quick = args.Contains("--quick", StringComparer.Ordinal);
        int certificates = quick ? QuickCertificates : DefaultCertificates;
        int count = Array.IndexOf(args, "--count");
        if (count >= 0 && !TryReadCount(args.ElementAtOrDefault(count + 1), out certificates))
        {
            await Console.Error.WriteLineAsync("Usage: table [--quick] [--count N] [--save]; N is a number of certificates, 1000 or more.");
            return UsageExitCode;
        }

        using var inputs = new Inputs();
        var command = new TableCommand(new TableSettings { Ca = inputs.Ca.Directory, Certificates = certificates, Quick = quick });
        Directory.CreateDirectory(command._snapshots);
        try
        {
            await command.MeasureAsync();
        }
        catch (InvalidOperationException e)
        {
            Progress.Report(e.Message);
            return 1;
        }
        finally
        {
            if (Directory.Exists(command._snapshots))
            {
                Directory.Delete(command._snapshots, recursive: true);
            }
        }

        if (args.Contains("--save", StringComparer.Ordinal))
        {
            Progress.Report(command._result.Save(command._report.Rows));
        }

        return command._report.HasMissed ? 1 : 0;
    }

    private static bool TryReadCount(string? text, out int count) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out count) && count >= FewestCertificates;

    private async Task MeasureAsync()
    {
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{_settings.Certificates:N0} certificates, P-256; each measurement in a process of its own."));
        Console.WriteLine();
        TableReport.Begin();
        TableSettings oneHash = _settings with { Hashes = [CertIdHash.Sha1] };
        int revocations = Math.Min(MaxRevocations, _settings.Certificates / 10);

        TableSettings kept = oneHash with { SnapshotDirectory = _snapshots, Revocations = revocations };
        GrownTable grown = await RunAsync<GrownTable>("one hash", GrownTable.Name, kept with { MeasureHits = true });
        _report.Add(GrownRows.OfMemory("one hash", 120, grown));
        _report.Add(SnapshotRows.OfWriting("one hash", grown.Snapshot!));
        _report.Add(GrownRows.OfHits("one hash", 2_000_000, grown.Hits!));
        _report.Add(SnapshotRows.OfHits("one hash", grown.HitsDuringSnapshot!));
        _report.Add(GrownRows.OfRevocation("one hash", grown.Revocation!));

        Progress.Report("restarts");
        Restarts restarts = await Restarts.MeasureAsync(kept);
        _result.Figures.Add("restarts", restarts);
        _report.Add(SnapshotRows.OfRestarts("one hash", restarts));
        Directory.Delete(_snapshots, recursive: true); // others need the room

        GrownTable longSerials = await RunAsync<GrownTable>("20-octet serials", GrownTable.Name, oneHash with { SerialLength = 20 });
        _report.Add(GrownRows.OfMemory("one hash, 20-octet serials", 120, longSerials));

        GrownTable byDefault = await RunAsync<GrownTable>("SHA-1 and SHA-256", GrownTable.Name, _settings);
        _report.Add(GrownRows.OfMemory("SHA-1 and SHA-256 (default)", 190, byDefault));

        TableSettings bothInOne = _settings with { Hashes = [CertIdHash.Sha1, CertIdHash.Sha256], CombineHashes = true };
        GrownTable combined = await RunAsync<GrownTable>("both hashes in one response", GrownTable.Name, bothInOne);
        _report.Add(GrownRows.OfMemory("both hashes in one response", null, combined));

        GrownTable smallPages = await RunAsync<GrownTable>("without huge pages", GrownTable.Name, oneHash with { HugePages = false, MeasureHits = true });
        _report.Add(GrownRows.OfHits("one hash, without huge pages", 1_000_000, smallPages.Hits!));

        _report.Add(GrownRows.OfPresigning(await RunAsync<PresignFigures>("signing ahead", PresignFigures.Name, oneHash)));
    }

    private async Task<T> RunAsync<T>(string what, string measurement, TableSettings settings)
        where T : notnull
    {
        Progress.Report(what);
        T figures = await ChildProcess.MeasureAsync<T>(measurement, settings);
        _result.Figures.Add(what, figures);
        return figures;
    }
}
