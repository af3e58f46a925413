using System.Runtime.Versioning;
using PkiCore.Crl.Issuing;
using PkiCore.Crl.State;
using PkiCore.Crl;
using static System.FormattableString;

namespace PkiCore.Benchmarks.Crl;

/// <summary>One CRL of very many entries: what publishing takes beyond the memory of the state.</summary>
[SupportedOSPlatform("linux")]
internal static class LargeFigures
{
    private const double Mebibyte = 1 << 20;
    private const double MaxMebibytes = 64;

    public static IEnumerable<TableRow> Measure(CrlInputs inputs, string folder, int count)
    {
        string own = Directory.CreateDirectory(Path.Combine(folder, "large")).FullName;
        CrlPublisherOptions options = new CrlPublisherOptions { Directory = own }.Validated();
        using CrlState state = inputs.Open(own, options, count);
        CrlIssuance issuance = inputs.CreateIssuance(options);
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        File.WriteAllText("/proc/self/clear_refs", "5"); // the peak begins anew
        ProcessMemory before = ProcessMemory.Read();
        double publish = IssueFigures.Time(() => issuance.Publish([new DueCrl(0, IsDelta: false, IsRegular: true)], state, [inputs.Issuer], inputs.Signer, new CrlTerms(CrlInputs.Now), CrlInputs.Now));
        ProcessMemory after = ProcessMemory.Read();
        long length = new FileInfo(Path.Combine(own, PublishingDirectory.CurrentName, "ca.crl")).Length;
        Directory.Delete(own, recursive: true);
        double grown = (after.Peak - before.Resident) / Mebibyte;
        return
        [
            new(Invariant($"{count:N0} entries: memory of the state"), Invariant($"{before.Resident / Mebibyte:N0} MiB resident, {(double)before.Resident / count:0.0} B each")),
            new(Invariant($"{count:N0} entries, {length / 1e6:N0} MB: published in"), Invariant($"{publish / 1000:0.00} s")),
            new(Invariant($"{count:N0} entries: peak above that while publishing"), Invariant($"{grown:0.0} MiB"), Invariant($"<= {MaxMebibytes} MiB"), grown <= MaxMebibytes),
        ];
    }
}
