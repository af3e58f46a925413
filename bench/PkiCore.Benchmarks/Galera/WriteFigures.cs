using System.Diagnostics;
using PkiCore.Galera;
using PkiCore.Testing;
using PkiCore.X509;
using static System.FormattableString;

namespace PkiCore.Benchmarks.Galera;

/// <summary>Three writers, one on each node, on the same history: every transaction of one collides with those of the others.</summary>
internal static class WriteFigures
{
    private const int MinSingle = 200;
    private const int MinBatch = 20_000;
    private const int BatchSize = 1000;

    public static async Task<IEnumerable<TableRow>> MeasureAsync(LabScene scene, TimeSpan length)
    {
        await RunAsync(scene, batchSize: 1, TimeSpan.FromSeconds(1));
        long retriesBefore = scene.Crew.Retries;
        double single = await RunAsync(scene, batchSize: 1, length);
        long retries = scene.Crew.Retries - retriesBefore;
        double alone = await RunAsync(scene, BatchSize, length, writers: 1);
        double batch = await RunAsync(scene, BatchSize, length);
        return
        [
            new("single changes by three writers on three nodes", Invariant($"{single:N0}/s ({retries / length.TotalSeconds:N0}/s tried again)"), Invariant($">= {MinSingle}/s"), single >= MinSingle),
            new(Invariant($"changes in batches of {BatchSize:N0}, one writer"), Invariant($"{alone:N0}/s"), Invariant($">= {MinBatch:N0}/s"), alone >= MinBatch),
            new(Invariant($"changes in batches of {BatchSize:N0}, three writers"), Invariant($"{batch:N0}/s")),
        ];
    }

    /// <returns>Changes acknowledged in a second.</returns>
    private static async Task<double> RunAsync(LabScene scene, int batchSize, TimeSpan length, int writers = 3)
    {
        long began = Stopwatch.GetTimestamp();
        long[] made = await Task.WhenAll(Enumerable.Range(0, writers).Select(index => Task.Run(() => WriteAsync(scene, index, batchSize, began, length))));
        return made.Sum() / Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    private static async Task<long> WriteAsync(LabScene scene, int index, int batchSize, long began, TimeSpan length)
    {
        long made = 0;
        DateTimeOffset notAfter = TimeProvider.System.GetUtcNow().AddDays(1);
        while (Stopwatch.GetElapsedTime(began) < length)
        {
            // Issued first, in the same batch or the call before: both are changes.
            SerialNumber[] serials = [.. Enumerable.Range(0, Math.Max(1, batchSize / 2)).Select(_ => WriterCrew.NewSerial())];
            RevocationOperation[] issued = [.. serials.Select(serial => RevocationOperation.Issue(serial, notAfter))];
            RevocationOperation[] revoked = [.. serials.Select(serial => RevocationOperation.Revoke(serial))];
            RevocationOperation[][] parts = batchSize == 1 ? [issued, revoked] : [[.. issued, .. revoked]];
            foreach (RevocationOperation[] part in parts)
            {
                IReadOnlyList<RevocationResult> results = await scene.Crew.Store(index).ApplyAsync(scene.Issuer, part);
                made += results.Count(result => result.IsChange);
            }
        }

        return made;
    }
}
