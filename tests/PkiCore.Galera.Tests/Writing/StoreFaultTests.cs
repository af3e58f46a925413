using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using PkiCore.X509;

namespace PkiCore.Galera.Tests.Writing;

/// <summary>Writes to a cluster in which something is wrong.</summary>
[Collection(LabGroup.Name)]
public sealed class StoreFaultTests(LabFixture fixture, ITestOutputHelper output)
{
    private static readonly DateTimeOffset s_notAfter = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_commit_that_gets_no_answer_is_resolved_on_another_node_and_made_once()
    {
        await using WriteLab lab = await WriteLab.StartAsync(fixture);
        using var ca = new CrlAuthority("CN=unknown");
        using var counts = new WriteCounts("CN=unknown");
        GaleraCluster cluster = await lab.OpenClusterAsync(lab.Options("writer", 1, 2, 3));
        RevocationStore store = lab.OpenStore(cluster, new RevocationStoreOptions { Timeout = TimeSpan.FromSeconds(60), TransactionTimeout = TimeSpan.FromSeconds(1) });
        await store.RegisterIssuerAsync(ca.Issuer, Token);
        SerialNumber serial = Plans.Serial(1);
        await store.IssueAsync(ca.Issuer, serial, s_notAfter, Token);

        // Cut off from the others, the node hangs in the commit until it finds out that it is alone; nobody knows then who has the change.
        int node = cluster.View.Nearest!.Node.Name[^1] - '0';
        await lab.Lab.PartitionAsync(node, Token);
        long begin = Stopwatch.GetTimestamp();
        RevocationOperation revoke = RevocationOperation.Revoke(serial);
        RevocationResult revoked = await store.ApplyAsync(ca.Issuer, revoke, Token);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"acknowledged after {Stopwatch.GetElapsedTime(begin).TotalSeconds:0.0} s; {counts}"));
        Assert.Equal((RevocationOutcome.Revoked, 2UL), (revoked.Outcome, revoked.LastChange));
        Assert.True(counts["unknown_outcomes"] > 0, counts.ToString());

        await lab.Lab.HealAsync(Token);
        await lab.Lab.WaitAsync(Token);
        await HistoryAudit.CheckAsync(lab.Open(node, "edge"), ca.Issuer, 2, Token);
        RevocationResult again = await store.ApplyAsync(ca.Issuer, revoke, Token);
        Assert.Equal((revoked.Outcome, revoked.LastChange, true), (again.Outcome, again.LastChange, again.IsRepeated));
    }

    [Fact]
    public async Task A_node_that_is_killed_while_three_writers_write_loses_nothing()
    {
        await using WriteLab lab = await WriteLab.StartAsync(fixture);
        using var ca = new CrlAuthority("CN=killed");
        using var counts = new WriteCounts("CN=killed");
        GaleraCluster cluster = await lab.OpenClusterAsync(lab.Options("writer", 1, 2, 3));
        RevocationStore[] stores = [.. Enumerable.Range(0, 3).Select(_ => lab.OpenStore(cluster, new RevocationStoreOptions { Timeout = TimeSpan.FromSeconds(60) }))];
        await stores[0].RegisterIssuerAsync(ca.Issuer, Token);
        var acknowledged = new ConcurrentBag<RevocationResult>();
        using var stopping = new CancellationTokenSource();
        int next = 0;
        Task writing = Task.WhenAll(stores.Select(store => Task.Run(async () =>
        {
            while (!stopping.IsCancellationRequested)
            {
                acknowledged.Add(await store.IssueAsync(ca.Issuer, Plans.Serial(Interlocked.Increment(ref next)), s_notAfter, Token));
            }
        })));
        await Eventually.HoldsAsync("writes", () => acknowledged.Count > 50, Token);
        int node = cluster.View.Nearest!.Node.Name[^1] - '0';
        await lab.Lab.KillAsync(node, Token);
        int before = acknowledged.Count;
        TimeSpan gap = await Eventually.HoldsAsync("writes after the kill", () => acknowledged.Count > before + 50, Token);
        await stopping.CancelAsync();
        await writing;
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{acknowledged.Count} acknowledged, 50 of them within {gap.TotalSeconds:0.0} s after the kill; {counts}"));
        Assert.All(acknowledged, result => Assert.Equal(RevocationOutcome.Issued, result.Outcome));
        await HistoryAudit.CheckAsync(lab.Open(node == 1 ? 2 : 1, "edge"), ca.Issuer, acknowledged.Count, Token);
    }

    [Fact]
    public async Task Too_few_nodes_with_data_are_refused_at_once()
    {
        await using WriteLab lab = await WriteLab.StartAsync(fixture);
        using var ca = new CrlAuthority("CN=few");
        RevocationStore store = await RegisterAsync(lab, ca);
        RevocationStore careful = lab.OpenStore(await lab.OpenClusterAsync(lab.Options("writer", 1, 2, 3) with { MinDataNodes = 4 }));
        RevocationStoreException e = await Assert.ThrowsAsync<RevocationStoreException>(() => careful.IssueAsync(ca.Issuer, Plans.Serial(1), s_notAfter, Token));
        Assert.False(e.IsOutcomeUnknown);
        Assert.Contains("3 node(s) with data", e.Message, StringComparison.Ordinal);
        Assert.Equal(RevocationOutcome.NotFound, (await store.RevokeAsync(ca.Issuer, Plans.Serial(1), cancellationToken: Token)).Outcome);
    }

    [Fact]
    public async Task A_row_that_cannot_be_spoils_the_call_on_it_alone()
    {
        await using WriteLab lab = await WriteLab.StartAsync(fixture);
        using var ca = new CrlAuthority("CN=poison");
        RevocationStore store = await RegisterAsync(lab, ca);
        const int count = 40;
        await store.ApplyAsync(ca.Issuer, [.. Enumerable.Range(1, count).Select(i => RevocationOperation.Issue(Plans.Serial(i), s_notAfter))], Token);
        await lab.Lab.SqlAsync(1, "UPDATE pkicore.certificate SET status = 1, reason = 99, revoked_at = NOW() WHERE serial = X'07' ORDER BY issuer_id DESC LIMIT 1", Token);
        Task<RevocationResult>[] calls = [.. Enumerable.Range(1, count).Select(i => store.RevokeAsync(ca.Issuer, Plans.Serial(i), cancellationToken: Token))];
        RevocationStoreException e = await Assert.ThrowsAsync<RevocationStoreException>(() => calls[6]);
        Assert.Contains("reason 99", e.Message, StringComparison.Ordinal);
        Assert.False(e.IsOutcomeUnknown);
        foreach (Task<RevocationResult> call in calls.Where(call => call != calls[6]))
        {
            Assert.Equal(RevocationOutcome.Revoked, (await call).Outcome);
        }
    }

    [Fact]
    public async Task A_missing_grant_and_a_certificate_of_another_user_are_named()
    {
        await using WriteLab lab = await WriteLab.StartAsync(fixture);
        using var ca = new CrlAuthority("CN=grants");
        await RegisterAsync(lab, ca);
        RevocationStore edge = lab.OpenStore(await lab.OpenClusterAsync(lab.Options("edge", 1)));
        RevocationStoreException missing = await Assert.ThrowsAsync<RevocationStoreException>(() => edge.IssueAsync(ca.Issuer, Plans.Serial(1), s_notAfter, Token));
        Assert.Contains("lacks a grant", missing.Message, StringComparison.Ordinal);
        Assert.False(missing.IsOutcomeUnknown);

        GaleraOptions wrong = new() { Nodes = [new GaleraNode("node1", lab.Open(1, "writer", certificateOf: "edge"))] };
        RevocationStore other = lab.OpenStore(await lab.OpenClusterAsync(wrong), new RevocationStoreOptions { Timeout = TimeSpan.FromSeconds(3) });
        RevocationStoreException refused = await Assert.ThrowsAsync<RevocationStoreException>(() => other.IssueAsync(ca.Issuer, Plans.Serial(1), s_notAfter, Token));
        Assert.Contains("node1", refused.Message, StringComparison.Ordinal);
        Assert.False(refused.IsOutcomeUnknown);
    }

    [Fact]
    public async Task A_CA_that_is_not_registered_and_a_missing_schema_are_named()
    {
        await using WriteLab lab = await WriteLab.StartAsync(fixture);
        using var ca = new CrlAuthority("CN=nobody");
        RevocationStore store = await lab.OpenStoreAsync(1);
        RevocationStoreException unknown = await Assert.ThrowsAsync<RevocationStoreException>(() => store.IssueAsync(ca.Issuer, Plans.Serial(1), s_notAfter, Token));
        Assert.Contains("not registered", unknown.Message, StringComparison.Ordinal);

        await lab.Lab.SqlAsync(1, "CREATE DATABASE IF NOT EXISTS nothing", Token);
        GaleraOptions empty = new() { Nodes = [new GaleraNode("node1", lab.Open(1, "admin", database: "nothing"))] };
        RevocationStore without = lab.OpenStore(await lab.OpenClusterAsync(empty));
        RevocationStoreException missing = await Assert.ThrowsAsync<RevocationStoreException>(() => without.IssueAsync(ca.Issuer, Plans.Serial(1), s_notAfter, Token));
        Assert.Contains("db migrate", missing.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_healthy_node_the_caller_hears_in_time_that_nothing_was_changed()
    {
        await using WriteLab lab = await WriteLab.StartAsync(fixture);
        using var ca = new CrlAuthority("CN=minority");
        GaleraCluster cluster = await lab.OpenClusterAsync(lab.Options("writer", 1));
        RevocationStore store = lab.OpenStore(cluster, new RevocationStoreOptions { Timeout = TimeSpan.FromSeconds(2) });
        await store.RegisterIssuerAsync(ca.Issuer, Token);
        await store.IssueAsync(ca.Issuer, Plans.Serial(1), s_notAfter, Token);
        await lab.Lab.PartitionAsync(1, Token);
        await Eventually.HoldsAsync("the node knows that it is alone", () => cluster.View.Nearest is null, Token);
        RevocationStoreException e = await Assert.ThrowsAsync<RevocationStoreException>(() => store.RevokeAsync(ca.Issuer, Plans.Serial(1), cancellationToken: Token));
        Assert.False(e.IsOutcomeUnknown);
        Assert.Contains("no node of the cluster", e.Message, StringComparison.Ordinal);
    }

    private static async Task<RevocationStore> RegisterAsync(WriteLab lab, CrlAuthority ca)
    {
        RevocationStore store = await lab.OpenStoreAsync(1, 2, 3);
        await store.RegisterIssuerAsync(ca.Issuer, Token);
        return store;
    }
}
