using System.Globalization;
using System.Numerics;

namespace PkiCore.Galera.Tests.Crls;

/// <summary>CRL numbers from a real cluster.</summary>
[Collection(LabGroup.Name)]
public sealed class CrlNumbersTests(LabFixture fixture)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    [Requirement("CX-2")]
    public async Task Three_takers_on_three_nodes_never_get_one_number_twice_and_each_sees_them_rise()
    {
        await using CrlLab lab = await CrlLab.StartAsync(fixture);
        GaleraCrlNumbers[] takers = [.. (await Task.WhenAll(Enumerable.Range(1, 3).Select(node => lab.OpenClusterAsync("publisher", node)))).Select(cluster => new GaleraCrlNumbers(cluster, lab.Issuer))];
        BigInteger[][] taken = await Task.WhenAll(takers.Select(taker => Task.Run(() => Enumerable.Range(0, 100).Select(_ => taker.Take(1)).ToArray())));

        Assert.All(taken, numbers => Assert.Equal(numbers.Order(), numbers));
        BigInteger[] all = [.. taken.SelectMany(numbers => numbers)];
        Assert.Empty(all.GroupBy(number => number).Where(group => group.Count() > 1).Select(group => group.Key));
        Assert.Equal(all.Max().ToString(CultureInfo.InvariantCulture), await lab.SqlAsync(1, "SET SESSION wsrep_sync_wait = 1; SELECT number FROM pkicore.crl_number"));
    }

    [Fact]
    [Requirement("CX-2")]
    public async Task A_number_is_no_less_than_what_was_published_also_beyond_what_other_numbers_can_hold()
    {
        await using CrlLab lab = await CrlLab.StartAsync(fixture);
        var numbers = new GaleraCrlNumbers(await lab.OpenClusterAsync("publisher"), lab.Issuer);
        Assert.Equal(1, numbers.Take(0));
        Assert.Equal(17, numbers.Take(17));
        Assert.Equal(18, numbers.Take(17));
        BigInteger high = (BigInteger.One << 159) - 10;
        Assert.Equal(high, numbers.Take(high));
        Assert.Equal(high + 1, numbers.Take(5));
        Assert.Throws<IOException>(() => numbers.Take(BigInteger.One << 160));
    }

    [Fact]
    public async Task Without_enough_nodes_or_without_the_lease_there_is_no_number_and_the_message_says_why()
    {
        await using CrlLab lab = await CrlLab.StartAsync(fixture);
        GaleraCluster cluster = await lab.OpenClusterAsync("publisher");
        PublisherLease lease = lab.Keep(new PublisherLease(cluster, lab.Issuer, "standby"));
        var numbers = new GaleraCrlNumbers(cluster, lab.Issuer, lease);
        Assert.Contains("the lease is not held", Assert.Throws<IOException>(() => numbers.Take(1)).Message, StringComparison.Ordinal);

        await lease.StepAsync(Token);
        Assert.Equal(1, numbers.Take(1));
        await lab.SqlAsync(2, $"UPDATE pkicore.lease SET holder = 'another', epoch = epoch + 1");
        Assert.Contains("lost to another publisher", Assert.Throws<IOException>(() => numbers.Take(1)).Message, StringComparison.Ordinal);
        Assert.Equal("1", await lab.SqlAsync(1, "SET SESSION wsrep_sync_wait = 1; SELECT number FROM pkicore.crl_number"));

        await lab.Lab.StopAsync(2, Token);
        await lab.Lab.StopAsync(3, Token);
        var alone = new GaleraCrlNumbers(cluster, lab.Issuer, timeout: TimeSpan.FromSeconds(2));
        await Eventually.HoldsAsync("one node is left", () => cluster.View is { DataNodeCount: 1, Nearest: not null }, Token);
        Assert.Contains("1 node(s) with data are in the primary component", Assert.Throws<IOException>(() => alone.Take(1)).Message, StringComparison.Ordinal);
        await lab.Lab.StopAsync(1, Token);
        await Eventually.HoldsAsync("none is left", () => cluster.View.Nearest is null, Token);
        Assert.Contains("no node of the cluster can be used", Assert.Throws<IOException>(() => alone.Take(1)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_node_that_is_killed_meanwhile_costs_numbers_but_none_comes_twice()
    {
        await using CrlLab lab = await CrlLab.StartAsync(fixture);
        var numbers = new GaleraCrlNumbers(await lab.OpenClusterAsync("publisher"), lab.Issuer);
        var taken = new List<BigInteger>();
        Task taking = Task.Run(() =>
        {
            for (int i = 0; i < 60; i++)
            {
                lock (taken)
                {
                    taken.Add(numbers.Take(1));
                }
            }
        }, Token);
        await Eventually.HoldsAsync("some numbers are taken", () => Count() > 5, Token);
        await lab.Lab.KillAsync(1, Token);
        await taking;
        Assert.Equal(60, taken.Distinct().Count());
        Assert.Equal(taken.Order(), taken);

        int Count()
        {
            lock (taken)
            {
                return taken.Count;
            }
        }
    }
}
