using PkiCore.Crl;
using PkiCore.Galera.Crls;

namespace PkiCore.Galera.Tests.Crls;

/// <summary>CRLs on their way from a publisher over a real cluster to edges.</summary>
[Collection(LabGroup.Name)]
public sealed class DistributionTests(LabFixture fixture)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Two_edges_on_two_nodes_serve_what_was_published_byte_for_byte()
    {
        await using CrlLab lab = await CrlLab.StartAsync(fixture);
        using var distribution = new Distribution(lab);
        TestCrls published = distribution.CreateFolder("published");
        published.Publish(1, entries: 30_000, "ca.crl"); // 1.5 MB: two parts
        published.Publish(2, entries: 10, "shard-001.crl");
        PublisherLease lease = await distribution.TakeLeaseAsync("publisher");
        CrlSender sender = await distribution.CreateSenderAsync(lease, published);
        CrlReceiver[] edges = [await distribution.CreateReceiverAsync("edge2", 2), await distribution.CreateReceiverAsync("edge3", 3)];
        Assert.False(await edges[0].ReceiveAsync(Token)); // there is nothing yet, and that is no fault
        Assert.Null(edges[0].Problem);

        Assert.Equal(1UL, (await sender.SendAsync(Token))!.Sequence);
        await SeeAsync(edges, 1);
        Assert.Equal(published.Read(), distribution.Served("edge2"));
        Assert.Equal(published.Read(), distribution.Served("edge3"));
        Assert.Equal(published.Read("shard-001.crl"), distribution.Served("edge3", "shard-001.crl"));

        // Only what has changed travels; the rest is the same file.
        published.Publish(3, entries: 11, "shard-001.crl");
        Assert.Equal(2UL, (await sender.SendAsync(Token))!.Sequence);
        Assert.Null(await sender.SendAsync(Token));
        await SeeAsync(edges, 2);
        Assert.Equal(published.Read(), distribution.Served("edge2"));
        Assert.Equal(published.Read("shard-001.crl"), distribution.Served("edge2", "shard-001.crl"));
        using var store = new CrlStore(distribution.PathOf("edge3"));
        Assert.Null(store.Problem);
        Assert.Equal(["ca.crl", "shard-001.crl"], store.Names.Order());

        // After a restart everybody finds that nothing has to be done.
        CrlSender restarted = await distribution.CreateSenderAsync(lease, published);
        Assert.Equal(2UL, (await restarted.SendAsync(Token))!.Sequence);
        Assert.False(await (await distribution.CreateReceiverAsync("edge2", 2)).ReceiveAsync(Token));
    }

    [Fact]
    public async Task Old_publications_and_contents_that_nobody_needs_leave_the_database()
    {
        await using CrlLab lab = await CrlLab.StartAsync(fixture);
        using var distribution = new Distribution(lab);
        TestCrls published = distribution.CreateFolder("published");
        CrlSender sender = await distribution.CreateSenderAsync(await distribution.TakeLeaseAsync("publisher"), published, nodes: 1);
        published.Publish(1, entries: 5, "shard-001.crl");
        for (int number = 2; number <= 7; number++)
        {
            published.Publish(number, entries: 100 * number);
            await sender.SendAsync(Token);
        }

        Assert.Equal("4\n5\n6", await lab.SqlAsync(2, "SET SESSION wsrep_sync_wait = 1; SELECT sequence FROM pkicore.crl_publication ORDER BY 1"));
        Assert.Equal("6\t4", await lab.SqlAsync(2, "SET SESSION wsrep_sync_wait = 1; SELECT COUNT(*), COUNT(DISTINCT sha256) FROM pkicore.crl_file")); // the shard is in all three
        Assert.Equal("4", await lab.SqlAsync(2, "SET SESSION wsrep_sync_wait = 1; SELECT COUNT(DISTINCT sha256) FROM pkicore.crl_chunk"));
        CrlReceiver edge = await distribution.CreateReceiverAsync("edge", 1);
        Assert.True(await edge.ReceiveAsync(Token));
        Assert.Equal(published.Read(), distribution.Served("edge"));
    }

    [Theory]
    [InlineData("UPDATE pkicore.crl_chunk SET data = CONCAT(LEFT(data, 200), CHAR(ASCII(SUBSTRING(data, 201)) ^ 1), SUBSTRING(data, 202)) WHERE sha256 IN (SELECT sha256 FROM pkicore.crl_file WHERE sequence = 2)", "hash")]
    [InlineData("DELETE FROM pkicore.crl_chunk WHERE sha256 IN (SELECT sha256 FROM pkicore.crl_file WHERE sequence = 2)", "not in the database any more")]
    [InlineData("UPDATE pkicore.crl_file SET number = 1 WHERE sequence = 2", "not the one that was announced")]
    [InlineData("UPDATE pkicore.crl_file SET name = '../ca.crl' WHERE sequence = 2", "which no publisher makes")]
    [InlineData("DELETE FROM pkicore.crl_file WHERE sequence = 2", "0 files")]
    [InlineData("UPDATE pkicore.crl_file SET location = 'file:///etc/passwd' WHERE sequence = 2", "no HTTP address")]
    public async Task What_was_tampered_with_is_refused_and_what_was_served_is_served_on(string tampering, string problem)
    {
        await using CrlLab lab = await CrlLab.StartAsync(fixture);
        using var distribution = new Distribution(lab);
        TestCrls published = distribution.CreateFolder("published");
        CrlSender sender = await distribution.CreateSenderAsync(await distribution.TakeLeaseAsync("publisher"), published, nodes: 1);
        CrlReceiver edge = await distribution.CreateReceiverAsync("edge", 1);
        published.Publish(1, entries: 100);
        await sender.SendAsync(Token);
        await edge.ReceiveAsync(Token);
        byte[] before = published.Read();

        published.Publish(2, entries: 101);
        await sender.SendAsync(Token);
        await lab.SqlAsync(1, tampering);
        Exception fault = await Assert.ThrowsAnyAsync<Exception>(() => edge.ReceiveAsync(Token));
        Assert.Contains(problem, fault.Message, StringComparison.Ordinal);
        Assert.Contains(problem, edge.Problem, StringComparison.Ordinal);
        Assert.Equal(before, distribution.Served("edge"));

        // The next one is right, and all is well.
        published.Publish(3, entries: 102);
        await sender.SendAsync(Token);
        Assert.True(await edge.ReceiveAsync(Token));
        Assert.Null(edge.Problem);
        Assert.Equal(published.Read(), distribution.Served("edge"));
    }

    [Fact]
    public async Task A_CRL_of_another_authority_is_refused_although_the_database_announces_it()
    {
        await using CrlLab lab = await CrlLab.StartAsync(fixture);
        using var distribution = new Distribution(lab);
        using var impostor = new CrlAuthority("CN=CRL lab");
        var published = new TestCrls(impostor, distribution.PathOf("published"));
        published.Publish(1, entries: 10);
        await (await distribution.CreateSenderAsync(await distribution.TakeLeaseAsync("publisher"), published, nodes: 1)).SendAsync(Token);
        CrlReceiver edge = await distribution.CreateReceiverAsync("edge", 1);
        Exception fault = await Assert.ThrowsAsync<InvalidDataException>(() => edge.ReceiveAsync(Token));
        Assert.Contains("its signature does not verify", fault.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(distribution.PathOf("edge"), "current")));
    }

    [Fact]
    public async Task A_publisher_that_lost_the_lease_makes_nothing_visible_and_the_next_goes_on_with_higher_numbers()
    {
        await using CrlLab lab = await CrlLab.StartAsync(fixture);
        using var distribution = new Distribution(lab);
        TestCrls first = distribution.CreateFolder("first");
        PublisherLease lost = await distribution.TakeLeaseAsync("first", 1);
        CrlSender stopped = await distribution.CreateSenderAsync(lost, first, nodes: 1);
        var numbers = new GaleraCrlNumbers(await lab.OpenClusterAsync("publisher"), lab.Issuer, lost);
        first.Publish(numbers.Take(1), entries: 10);
        await stopped.SendAsync(Token);

        // It stops between signing and publishing; by its own clock no time passes.
        first.Publish(numbers.Take(2), entries: 11);
        byte[] unseen = first.Read();
        var clock = new ManualTimeProvider();
        PublisherLease taken = await distribution.TakeLeaseAsync("second", 2, clock);
        clock.Advance(TimeSpan.FromSeconds(10));
        await taken.StepAsync(Token);
        Assert.True(taken.IsHeld && lost.IsHeld);

        CrlReceiver receiver = await distribution.CreateReceiverAsync("served", 1);
        await receiver.ReceiveAsync(Token);
        TestCrls second = distribution.CreateFolder("second");
        Assert.Equal(1, PublicationAdoption.Adopt(distribution.PathOf("served"), second.Directory));
        Assert.Null(PublicationAdoption.Adopt(distribution.PathOf("served"), second.Directory));
        System.Numerics.BigInteger next = new GaleraCrlNumbers(await lab.OpenClusterAsync("publisher"), lab.Issuer, taken).Take(2);
        Assert.Equal(3, next);
        second.Publish(next, entries: 12);
        CrlSender going = await distribution.CreateSenderAsync(taken, second);
        Assert.Equal(2UL, (await going.SendAsync(Token))!.Epoch);

        // It wakes: its lease still looks good to it.
        Exception fault = await Assert.ThrowsAnyAsync<Exception>(() => stopped.SendAsync(Token));
        Assert.Contains("another publisher", fault.Message, StringComparison.Ordinal);
        await Eventually.HoldsAsync("the edge has what the second published", async () =>
        {
            await receiver.ReceiveAsync(Token);
            return distribution.Served("served").AsSpan().SequenceEqual(second.Read());
        }, Token);
        Assert.NotEqual(unseen, distribution.Served("served"));
    }

    [Fact]
    public async Task Under_another_epoch_nothing_is_made_visible()
    {
        await using CrlLab lab = await CrlLab.StartAsync(fixture);
        using var distribution = new Distribution(lab);
        TestCrls published = distribution.CreateFolder("published");
        PublisherLease lease = await distribution.TakeLeaseAsync("publisher");
        CrlSender sender = await distribution.CreateSenderAsync(lease, published);
        published.Publish(1, entries: 10);
        await lab.SqlAsync(3, "UPDATE pkicore.lease SET epoch = epoch + 1");
        IOException fault = await Assert.ThrowsAsync<IOException>(() => sender.SendAsync(Token));
        Assert.Contains("lost to another publisher", fault.Message, StringComparison.Ordinal);
        Assert.Equal("0\t0", await lab.SqlAsync(1, "SET SESSION wsrep_sync_wait = 1; SELECT (SELECT COUNT(*) FROM pkicore.crl_publication), (SELECT COUNT(*) FROM pkicore.crl_file)"));
    }

    private static async Task SeeAsync(CrlReceiver[] edges, ulong sequence)
    {
        foreach (CrlReceiver edge in edges)
        {
            await Eventually.HoldsAsync("the edge serves it", async () =>
            {
                await edge.ReceiveAsync(Token);
                return edge.Served?.Sequence == sequence;
            }, Token);
        }
    }
}
