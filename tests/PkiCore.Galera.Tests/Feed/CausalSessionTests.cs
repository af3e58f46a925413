using System.Data.Common;
using System.Globalization;

namespace PkiCore.Galera.Tests.Feed;

/// <summary>A node that was cut off does not know it for some seconds: only a reading that really waits for the others is worth anything.</summary>
[Collection(LabGroup.Name)]
public sealed class CausalSessionTests(LabFixture fixture)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Reading_waits_however_often_the_pool_was_used_before()
    {
        Lab lab = await fixture.HealthyAsync(Cancellation);
        await using DbDataSource node = LabConnections.Node(lab, 1, "admin").DataSource;
        for (int use = 1; use <= 5; use++)
        {
            await using DbConnection connection = await node.OpenConnectionAsync(Cancellation);
            await connection.ExecuteAsync(CausalSession.Begin, Cancellation);
            long before = await CountAsync(lab); // takes a process of its own, in which the pool gets the connection before back
            await connection.ExecuteAsync("SELECT 1", Cancellation);
            Assert.True(await CountAsync(lab) > before, $"the reading of use {use} did not wait");
        }
    }

    /// <summary>How many readings have waited on node 1.</summary>
    private static async Task<long> CountAsync(Lab lab) =>
        long.Parse((await lab.WsrepAsync(1, "wsrep_causal_reads", Cancellation))!, CultureInfo.InvariantCulture);
}
