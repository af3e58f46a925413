using System.Runtime.Versioning;
using PkiCore.Crl.Issuing;
using PkiCore.Crl.State;
using PkiCore.Crl;
using PkiCore.Status;
using static System.FormattableString;

namespace PkiCore.Benchmarks.Crl;

/// <summary>Many shards: what one change costs.</summary>
[SupportedOSPlatform("linux")]
internal static class ShardFigures
{
    private const int Shards = 128;
    private const int FilesOfAChange = 2; // the shard and its delta

    public static IEnumerable<TableRow> Measure(CrlInputs inputs, string folder, int count)
    {
        string own = Directory.CreateDirectory(Path.Combine(folder, "shards")).FullName;
        CrlPublisherOptions options = new CrlPublisherOptions
        {
            Directory = own,
            Scopes = CrlScope.Shards(Shards, i => Invariant($"http://crl.example/{i}.crl"), i => Invariant($"http://crl.example/{i}-delta.crl")),
            PublishAfterChange = TimeSpan.Zero,
            DeltaInterval = TimeSpan.FromHours(1),
        }.Validated();
        using CrlState state = inputs.Open(own, options, count);
        CrlIssuance issuance = inputs.CreateIssuance(options);
        var schedule = new CrlSchedule(options);
        double all = Publish();
        Publish(); // the first delta CRLs, for which there was no base before
        Dictionary<string, DateTime> before = List(own);
        state.Apply(0, new StatusBatch { Changes = [CrlInputs.Revoked(count)], Watermark = CrlInputs.Now });
        double one = Publish();
        int changed = List(own).Count(file => before[file.Key] != file.Value);
        Directory.Delete(own, recursive: true);
        return
        [
            new(Invariant($"{count:N0} entries in {Shards} shards: all of them"), Invariant($"{all:N0} ms")),
            new(
                Invariant($"{count:N0} entries in {Shards} shards: one change"),
                Invariant($"{changed} of {before.Count} files written, {one:0.0} ms"),
                Invariant($"{FilesOfAChange} files"),
                changed == FilesOfAChange),
        ];

        double Publish() => IssueFigures.Time(() => issuance.Publish(
            schedule.FindDue(state.Scopes, issuance.Published, CrlInputs.Now, CrlInputs.NextSecond, all: false), state, [inputs.Issuer], inputs.Signer, new CrlTerms(CrlInputs.Now), CrlInputs.Now));
    }

    private static Dictionary<string, DateTime> List(string folder) =>
        new DirectoryInfo(Path.Combine(folder, PublishingDirectory.CurrentName)).EnumerateFiles().ToDictionary(file => file.Name, file => file.LastWriteTimeUtc, StringComparer.Ordinal);
}
