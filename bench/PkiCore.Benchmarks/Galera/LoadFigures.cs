using System.Diagnostics;
using PkiCore.Galera;
using PkiCore.Serving;
using PkiCore.Status;
using PkiCore.Testing;
using static System.FormattableString;

namespace PkiCore.Benchmarks.Galera;

/// <summary>The complete state of many certificates, from a node into the table, beside the client of MariaDB that reads the same columns and throws them away.</summary>
internal static class LoadFigures
{
    private const double MaxRatio = 1.5;

    private const string Query = "SELECT serial, status, reason, revoked_at, invalidity_date, not_after, crl_shard, is_ca FROM certificate WHERE issuer_id = ";

    public static async Task<IEnumerable<TableRow>> MeasureAsync(Lab lab, int count, int turns)
    {
        await using LabScene scene = await LabScene.ArrangeAsync(lab, certificates: 1, seed: 1, CancellationToken.None);
        string id = (await lab.SqlAsync(1, "SELECT MAX(id) FROM pkicore.issuer", CancellationToken.None)).Trim();
        await FillAsync(lab, id, count);
        List<double> ratios = [], ours = [], tableless = [], theirs = [];
        for (int turn = -1; turn < turns; turn++)
        {
            double client = await TimeClientAsync(lab, id);
            double table = await TimeSourceAsync(lab, scene, count, intoTable: true);
            double alone = await TimeSourceAsync(lab, scene, count, intoTable: false);
            if (turn >= 0)
            {
                theirs.Add(client);
                ours.Add(table);
                tableless.Add(alone / client);
                ratios.Add(table / client);
            }
        }

        double ratio = Statistics.Median(ratios);
        return
        [
            new(
                Invariant($"first load of {count:N0} certificates into the table, to mariadb --quick --batch > /dev/null"),
                Invariant($"{ratio:0.00}x ({ratios.Min():0.00}-{ratios.Max():0.00}; {Statistics.Median(ours):0.00} s and {Statistics.Median(theirs):0.00} s)"),
                Invariant($"<= {MaxRatio}x"),
                ratio <= MaxRatio),
            new("the same without the table", Invariant($"{Statistics.Median(tableless):0.00}x")),
        ];
    }

    /// <summary>Serial numbers of 16 octets, one in ten revoked; written by the node itself.</summary>
    private static async Task FillAsync(Lab lab, string id, int count)
    {
        const int Part = 100_000;
        for (int begin = 1; begin <= count; begin += Part)
        {
            int end = Math.Min(count, begin + Part - 1);
            await lab.SqlAsync(
                1,
                Invariant($"""
                USE pkicore;
                INSERT INTO certificate (issuer_id, serial, status, reason, revoked_at, not_after, last_change)
                SELECT {id}, CONCAT(UNHEX('40'), LEFT(UNHEX(SHA1(seq)), 15)), seq % 10 = 0, IF(seq % 10 = 0, 1, NULL), IF(seq % 10 = 0, '2026-01-02 03:04:05', NULL), '2027-01-02 03:04:05', 1
                FROM seq_{begin}_to_{end};
                """),
                CancellationToken.None);
        }
    }

    private static async Task<double> TimeClientAsync(Lab lab, string id)
    {
        LabClientFiles files = lab.ClientFiles("edge");
        string command = $"mariadb --no-defaults --quick --batch --host={lab.Address(2)} --user=edge --ssl-ca={files.Ca} --ssl-cert={files.Certificate} --ssl-key={files.Key} "
            + $"--ssl-verify-server-cert pkicore -e '{Query}{id}' > /dev/null";
        long began = Stopwatch.GetTimestamp();
        await ToolProcess.RunCheckedAsync("bash", ["-c", command], TimeSpan.FromMinutes(5));
        return Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    private static async Task<double> TimeSourceAsync(Lab lab, LabScene scene, int count, bool intoTable)
    {
        await using var cluster = new GaleraCluster(LabConnections.Options(lab, "edge", 2));
        await cluster.StartAsync();
        var table = new CertificateTable(signatureCount: 1);
        table.BeginReading();
        table.BeginChanges();
        int read = 0;
        long began = Stopwatch.GetTimestamp();
        await foreach (StatusBatch batch in new GaleraStatusSource(cluster, scene.Issuer).ReadAsync(default))
        {
            read += batch.Changes.Count;
            foreach (StatusChange change in intoTable ? batch.Changes : [])
            {
                table.Apply(in change, out _);
            }

            if (batch.Kind == StatusBatchKind.CompleteStateEnd)
            {
                break;
            }
        }

        double seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        return read == count + 1 ? seconds : throw new InvalidOperationException($"{read} certificates were read instead of {count + 1}");
    }
}
