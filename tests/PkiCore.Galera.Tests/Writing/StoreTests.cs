using System.Data.Common;
using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using PkiCore.Galera.Feed;
using PkiCore.Galera.Writing;
using PkiCore.X509;

namespace PkiCore.Galera.Tests.Writing;

/// <summary>Writes to a cluster in which nothing is wrong.</summary>
[Collection(LabGroup.Name)]
public sealed class StoreTests(LabFixture fixture, ITestOutputHelper output)
{
    private static readonly DateTimeOffset s_notAfter = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_certificate_is_issued_held_released_and_revoked_for_good()
    {
        await using WriteLab lab = await WriteLab.StartAsync(fixture);
        using var ca = new CrlAuthority("CN=life");
        RevocationStore store = await OpenAsync(lab, ca, 1, 2, 3);
        SerialNumber serial = Plans.Serial(0x00FF_1234);
        Assert.Equal(RevocationOutcome.NotFound, (await store.RevokeAsync(ca.Issuer, serial, cancellationToken: Token)).Outcome);
        RevocationOperation issue = RevocationOperation.Issue(serial, s_notAfter) with { CrlShard = 3, IsCA = false };
        Assert.Equal(RevocationOutcome.Issued, (await store.ApplyAsync(ca.Issuer, issue, Token)).Outcome);
        Assert.Equal(RevocationOutcome.Held, (await store.HoldAsync(ca.Issuer, serial, Token)).Outcome);
        Assert.Equal(RevocationOutcome.Released, (await store.ReleaseAsync(ca.Issuer, serial, Token)).Outcome);
        Assert.Equal(RevocationOutcome.Revoked, (await store.RevokeAsync(ca.Issuer, serial, X509RevocationReason.Superseded, Token)).Outcome);
        Assert.Equal(RevocationOutcome.AlreadyRevoked, (await store.RevokeAsync(ca.Issuer, serial, X509RevocationReason.Superseded, Token)).Outcome);
        Assert.Equal(RevocationOutcome.NotOnHold, (await store.ReleaseAsync(ca.Issuer, serial, Token)).Outcome);
        RevocationResult last = await store.RevokeAsync(ca.Issuer, serial, X509RevocationReason.KeyCompromise, Token);
        Assert.Equal((RevocationOutcome.Revoked, 5UL), (last.Outcome, last.LastChange));
        RevocationResult repeated = await store.ApplyAsync(ca.Issuer, issue, Token);
        Assert.Equal((RevocationOutcome.Issued, 1UL, true), (repeated.Outcome, repeated.LastChange, repeated.IsRepeated));
        await HistoryAudit.CheckAsync(lab.Open(2, "edge"), ca.Issuer, 5, Token);
    }

    [Fact]
    public async Task Three_writers_on_three_nodes_that_conflict_leave_no_gap_and_lose_nothing()
    {
        await using WriteLab lab = await WriteLab.StartAsync(fixture);
        using var ca = new CrlAuthority("CN=conflicts");
        using var counts = new WriteCounts("CN=conflicts");
        RevocationStore first = await OpenAsync(lab, ca, 1);
        RevocationStore[] stores = [first, await lab.OpenStoreAsync(2), await lab.OpenStoreAsync(3)];
        SerialNumber[] serials = [.. Enumerable.Range(1, 40).Select(i => Plans.Serial(i))];
        await first.ApplyAsync(ca.Issuer, [.. serials.Select(serial => RevocationOperation.Issue(serial, s_notAfter))], Token);

        const int each = 300;
        long begin = Stopwatch.GetTimestamp();
        RevocationResult[][] results = await Task.WhenAll(stores.SelectMany((store, number) => Enumerable.Range(0, 4).Select(part => WriteAsync(store, new Random((10 * number) + part)))));
        TimeSpan took = Stopwatch.GetElapsedTime(begin);
        int changes = results.Sum(part => part.Count(result => result.IsChange));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{results.Sum(part => part.Length)} operations, {changes} changes in {took.TotalSeconds:0.00} s: {results.Sum(part => part.Length) / took.TotalSeconds:0} operations/s, {changes / took.TotalSeconds:0} changes/s; {counts}"));
        await HistoryAudit.CheckAsync(lab.Open(3, "edge"), ca.Issuer, serials.Length + changes, Token);
        Assert.Equal(changes, results.SelectMany(part => part).Where(result => result.IsChange).Select(result => result.LastChange).Distinct().Count());

        Task<RevocationResult[]> WriteAsync(RevocationStore store, Random random) => Task.Run(async () =>
        {
            var made = new RevocationResult[each];
            for (int i = 0; i < each; i++)
            {
                SerialNumber serial = serials[random.Next(serials.Length)];
                made[i] = random.Next(2) == 0 ? await store.HoldAsync(ca.Issuer, serial, Token) : await store.ReleaseAsync(ca.Issuer, serial, Token);
            }

            return made;
        });
    }

    [Fact]
    public async Task The_same_operation_sent_to_three_nodes_at_once_is_done_once()
    {
        await using WriteLab lab = await WriteLab.StartAsync(fixture);
        using var ca = new CrlAuthority("CN=twins");
        RevocationStore first = await OpenAsync(lab, ca, 1);
        RevocationStore[] stores = [first, await lab.OpenStoreAsync(2), await lab.OpenStoreAsync(3)];
        const int count = 50;
        for (int i = 1; i <= count; i++)
        {
            RevocationOperation issue = RevocationOperation.Issue(Plans.Serial(i), s_notAfter);
            RevocationResult[] results = await Task.WhenAll(stores.Select(store => store.ApplyAsync(ca.Issuer, issue, Token)));
            Assert.All(results, result => Assert.Equal((RevocationOutcome.Issued, (ulong)i), (result.Outcome, result.LastChange)));
            Assert.Single(results, result => !result.IsRepeated);
        }

        await HistoryAudit.CheckAsync(lab.Open(1, "edge"), ca.Issuer, count, Token);
    }

    [Fact]
    public async Task Pruned_changes_leave_a_history_that_goes_on()
    {
        await using WriteLab lab = await WriteLab.StartAsync(fixture);
        using var ca = new CrlAuthority("CN=pruned");
        RevocationStore store = await OpenAsync(lab, ca, 1);
        await store.ApplyAsync(ca.Issuer, [.. Enumerable.Range(1, 2500).Select(i => RevocationOperation.Issue(Plans.Serial(i), s_notAfter))], Token);
        var pruning = new HistoryPruning(await lab.OpenClusterAsync(lab.Options("publisher", 2)), new RevocationStoreOptions());
        Assert.Equal(0, await pruning.PruneAsync(ca.Issuer, TimeSpan.FromDays(1), Token));
        await HistoryAudit.CheckAsync(lab.Open(3, "edge"), ca.Issuer, 2500, Token);
        Assert.Equal(2500, await pruning.PruneAsync(ca.Issuer, TimeSpan.FromDays(-1), Token));
        await HistoryAudit.CheckAsync(lab.Open(3, "edge"), ca.Issuer, 0, Token);
        await CheckReaderBetweenAsync(lab, ca);
        Assert.Equal(2501UL, (await store.RevokeAsync(ca.Issuer, Plans.Serial(9), cancellationToken: Token)).LastChange);
        await HistoryAudit.CheckAsync(lab.Open(3, "edge"), ca.Issuer, 1, Token);
    }

    /// <summary>A reader that saw the head before it was pruned, and a history from which changes are missing although they were not.</summary>
    private static async Task CheckReaderBetweenAsync(WriteLab lab, CrlAuthority ca)
    {
        await using DbConnection connection = await lab.Open(3, "edge").OpenConnectionAsync(Token);
        uint id = (await IssuerRows.FindAsync(connection, ca.Issuer, Token))!.Value;
        await lab.Lab.SqlAsync(3, "INSERT INTO pkicore.status_change (issuer_id, number, operation_id, digest, serial, status, not_after, actor, host, made_at) "
            + $"VALUES ({id}, 2501, RANDOM_BYTES(16), RANDOM_BYTES(32), 'x', 0, NOW(), '', '', NOW())", Token);
        ChangePage pruned = await ChangePage.ReadAsync(connection, id, new HistoryPosition(7, default, null), Token);
        Assert.True(pruned.IsPruned, pruned.Fault);
        Assert.NotNull(pruned.Fault);
        ChangePage other = await ChangePage.ReadAsync(connection, id, new HistoryPosition(2500, default, null), Token);
        Assert.False(other.IsPruned);
        Assert.NotNull(other.Fault);
        await lab.Lab.SqlAsync(3, $"DELETE FROM pkicore.status_change WHERE issuer_id = {id} AND number = 2501", Token);
    }

    [Fact]
    public async Task Single_revocations_by_three_conflicting_writers_all_arrive_and_their_rate_is_printed()
    {
        await using WriteLab lab = await WriteLab.StartAsync(fixture);
        using var ca = new CrlAuthority("CN=singles");
        using var counts = new WriteCounts("CN=singles");
        RevocationStore first = await OpenAsync(lab, ca, 1);
        RevocationStore[] stores = [first, await lab.OpenStoreAsync(2), await lab.OpenStoreAsync(3)];
        const int each = 400;
        await first.ApplyAsync(ca.Issuer, [.. Enumerable.Range(1, 3 * each).Select(i => RevocationOperation.Issue(Plans.Serial(i), s_notAfter))], Token);
        long begin = Stopwatch.GetTimestamp();
        await Task.WhenAll(stores.Select((store, number) => Task.Run(async () =>
        {
            for (int i = 1; i <= each; i++)
            {
                Assert.Equal(RevocationOutcome.Revoked, (await store.RevokeAsync(ca.Issuer, Plans.Serial((number * each) + i), cancellationToken: Token)).Outcome);
            }
        })));
        double rate = 3 * each / Stopwatch.GetElapsedTime(begin).TotalSeconds;
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{rate:0} single revocations/s by three writers, one at a time each; {counts}"));
        await HistoryAudit.CheckAsync(lab.Open(1, "edge"), ca.Issuer, 6 * each, Token);
    }

    [Fact]
    public async Task Batches_of_a_thousand_arrive_in_order_and_their_rate_is_printed()
    {
        await using WriteLab lab = await WriteLab.StartAsync(fixture);
        using var ca = new CrlAuthority("CN=batches");
        RevocationStore store = await OpenAsync(lab, ca, 1);
        await store.ApplyAsync(ca.Issuer, [.. Enumerable.Range(100_001, 1000).Select(i => RevocationOperation.Issue(Plans.Serial(i), s_notAfter))], Token);
        const int count = 20_000;
        await MeasureAsync("issued", i => RevocationOperation.Issue(Plans.Serial(i), s_notAfter));
        await MeasureAsync("revoked", i => RevocationOperation.Revoke(Plans.Serial(i)));
        await HistoryAudit.CheckAsync(lab.Open(2, "edge"), ca.Issuer, 1000 + (2 * count), Token);

        async Task MeasureAsync(string what, Func<int, RevocationOperation> make)
        {
            RevocationOperation[] operations = [.. Enumerable.Range(1, count).Select(make)];
            long begin = Stopwatch.GetTimestamp();
            IReadOnlyList<RevocationResult> results = await store.ApplyAsync(ca.Issuer, operations, Token);
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{count / Stopwatch.GetElapsedTime(begin).TotalSeconds:0} {what}/s in batches of 1,000"));
            Assert.Equal(operations.Select(operation => operation.OperationId), results.Select(result => result.OperationId));
            Assert.All(results, result => Assert.True(result.IsChange));
        }
    }

    private static async Task<RevocationStore> OpenAsync(WriteLab lab, CrlAuthority ca, params int[] nodes)
    {
        RevocationStore store = await lab.OpenStoreAsync(nodes);
        await store.RegisterIssuerAsync(ca.Issuer, Token);
        return store;
    }
}
