using System.Diagnostics;
using System.Globalization;
using PkiCore.Galera.Crls;
using PkiCore.X509;

namespace PkiCore.Galera.Tests.Crls;

/// <summary>CRLs that take a while, and what may happen meanwhile.</summary>
[Collection(LabGroup.Name)]
public sealed class LargeCrlTests(LabFixture fixture, ITestOutputHelper output)
{
    private const int EntriesOfAlmost64Mebibytes = 1_365_000; // 49 bytes each

    private static readonly DateTimeOffset s_notAfter = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_CRL_of_almost_64_MiB_gets_to_two_edges_while_revocations_go_on()
    {
        await using CrlLab lab = await CrlLab.StartAsync(fixture);
        using var distribution = new Distribution(lab);
        TestCrls published = distribution.CreateFolder("published");
        published.Publish(1, EntriesOfAlmost64Mebibytes);
        CrlSender sender = await distribution.CreateSenderAsync(await distribution.TakeLeaseAsync("publisher"), published, nodes: 1);
        CrlReceiver[] edges = [await distribution.CreateReceiverAsync("edge2", 2), await distribution.CreateReceiverAsync("edge3", 3)];
        RevocationStore store = await lab.OpenStoreAsync(2);
        using var revoking = CancellationTokenSource.CreateLinkedTokenSource(Token);
        Task<List<TimeSpan>> revocations = RevokeAsync(store, lab.Issuer, revoking.Token);

        long begun = Stopwatch.GetTimestamp();
        await sender.SendAsync(Token);
        TimeSpan sent = Stopwatch.GetElapsedTime(begun);
        await Task.WhenAll(edges.Select(edge => Eventually.HoldsAsync("the edge serves it", async () =>
        {
            await edge.ReceiveAsync(Token);
            return edge.Served is not null;
        }, Token)));
        TimeSpan received = Stopwatch.GetElapsedTime(begun);
        await revoking.CancelAsync();
        List<TimeSpan> times = await revocations;
        times.Sort();
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{published.Read().Length >> 20} MiB sent in {sent.TotalSeconds:0.0} s, served by both after {received.TotalSeconds:0.0} s; {times.Count} revocations meanwhile, the slowest {times[^1].TotalMilliseconds:0} ms, half within {times[times.Count / 2].TotalMilliseconds:0} ms"));

        Assert.Equal(published.Read(), distribution.Served("edge2"));
        Assert.Equal(published.Read(), distribution.Served("edge3"));
        Assert.True(times.Count > 10, $"only {times.Count} revocations went on");
    }

    [Fact]
    public async Task What_is_too_large_for_the_database_is_fetched_from_the_publisher_and_refused_when_it_is_not_what_was_announced()
    {
        await using CrlLab lab = await CrlLab.StartAsync(fixture);
        using var distribution = new Distribution(lab);
        TestCrls published = distribution.CreateFolder("published");
        using var server = new FolderServer(published.Current);
        published.Publish(1, entries: 200_000); // 9.8 MB
        PublisherLease lease = await distribution.TakeLeaseAsync("publisher");
        CrlSender nowhere = await distribution.CreateSenderAsync(lease, published, options => options with { MaxStoredSize = 8 << 20 });
        Assert.Contains("no setting says where else", (await Assert.ThrowsAsync<InvalidDataException>(() => nowhere.SendAsync(Token))).Message, StringComparison.Ordinal);

        CrlSender sender = await distribution.CreateSenderAsync(lease, published, options => options with { MaxStoredSize = 8 << 20, Location = server.Url }, 1);
        await sender.SendAsync(Token);
        Assert.Equal("0", await lab.SqlAsync(1, "SET SESSION wsrep_sync_wait = 1; SELECT COUNT(*) FROM pkicore.crl_chunk"));
        CrlReceiver edge = await distribution.CreateReceiverAsync("edge", 1);
        await edge.ReceiveAsync(Token);
        byte[] first = published.Read();
        Assert.Equal(first, distribution.Served("edge"));

        // The publisher goes on before the edge has fetched: what it finds is not what was announced.
        published.Publish(2, entries: 200_001);
        await sender.SendAsync(Token);
        published.Publish(3, entries: 200_001);
        Assert.Contains("is not received", (await Assert.ThrowsAsync<InvalidDataException>(() => edge.ReceiveAsync(Token))).Message, StringComparison.Ordinal); // by its hash; or its length, which is that of a signature
        published.Publish(4, entries: 200_002);
        Assert.Contains("more than", (await Assert.ThrowsAsync<InvalidDataException>(() => edge.ReceiveAsync(Token))).Message, StringComparison.Ordinal);
        Assert.Equal(first, distribution.Served("edge"));
        await sender.SendAsync(Token);
        await Eventually.HoldsAsync("the edge serves the last one", async () => await edge.ReceiveAsync(Token) && distribution.Served("edge").AsSpan().SequenceEqual(published.Read()), Token);
    }

    [Fact]
    public async Task A_node_that_is_killed_while_it_is_read_and_written_does_not_end_the_transfer()
    {
        await using CrlLab lab = await CrlLab.StartAsync(fixture);
        using var distribution = new Distribution(lab);
        TestCrls published = distribution.CreateFolder("published");
        published.Publish(1, entries: 400_000); // 19 MB
        GaleraCluster cluster = await lab.OpenClusterAsync("publisher");
        var sender = new CrlSender(new CrlDatabase(cluster, lab.Issuer), await distribution.TakeLeaseAsync("publisher", 2), new CrlSenderOptions { Directory = published.Directory }, distribution.Metrics);
        Task<PublicationKey?> sending = sender.SendAsync(Token);
        await Eventually.HoldsAsync("some parts are there", async () => int.Parse(await lab.SqlAsync(1, "SELECT COUNT(*) FROM pkicore.crl_chunk"), CultureInfo.InvariantCulture) > 2, Token);
        int killed = cluster.View.Nearest!.Node.Name[^1] - '0';
        await lab.Lab.KillAsync(killed, Token);
        Assert.Equal(1UL, (await sending)!.Sequence);

        await lab.Lab.StartNodeAsync(killed, Token);
        CrlReceiver edge = await distribution.CreateReceiverAsync("edge", killed, (killed % 3) + 1);
        Task<bool> receiving = edge.ReceiveAsync(Token);
        await lab.Lab.KillAsync(killed, Token);
        Assert.True(await receiving);
        Assert.Equal(published.Read(), distribution.Served("edge"));
    }

    [Fact]
    public async Task A_full_disk_leaves_what_was_served_and_room_brings_the_new_one()
    {
        await using CrlLab lab = await CrlLab.StartAsync(fixture);
        using var distribution = new Distribution(lab);
        TestCrls published = distribution.CreateFolder("published");
        CrlSender sender = await distribution.CreateSenderAsync(await distribution.TakeLeaseAsync("publisher"), published, nodes: 1);
        await using SmallDisk disk = await SmallDisk.MountAsync(distribution.PathOf("edge"), mebibytes: 1);
        CrlReceiver edge = await distribution.CreateReceiverAsync("edge", 1);
        published.Publish(1, entries: 1000);
        await sender.SendAsync(Token);
        await edge.ReceiveAsync(Token);
        byte[] before = published.Read();

        published.Publish(2, entries: 60_000); // 3 MB
        await sender.SendAsync(Token);
        await Assert.ThrowsAsync<IOException>(() => edge.ReceiveAsync(Token));
        Assert.Contains("those before are served on", edge.Problem, StringComparison.Ordinal);
        Assert.Equal(before, distribution.Served("edge"));
        await disk.ResizeAsync(mebibytes: 16);
        Assert.True(await edge.ReceiveAsync(Token));
        Assert.Null(edge.Problem);
        Assert.Equal(published.Read(), distribution.Served("edge"));
    }

    private static async Task<List<TimeSpan>> RevokeAsync(RevocationStore store, Issuer issuer, CancellationToken cancellationToken)
    {
        var times = new List<TimeSpan>();
        for (int i = 1; !cancellationToken.IsCancellationRequested; i++)
        {
            SerialNumber.TryCreate([0x10, (byte)(i >> 16), (byte)(i >> 8), (byte)i], out SerialNumber serial);
            await store.ApplyAsync(issuer, RevocationOperation.Issue(serial, s_notAfter), Token);
            long begun = Stopwatch.GetTimestamp();
            RevocationResult result = await store.RevokeAsync(issuer, serial, cancellationToken: Token);
            Assert.Equal(RevocationOutcome.Revoked, result.Outcome);
            times.Add(Stopwatch.GetElapsedTime(begun));
        }

        return times;
    }
}
