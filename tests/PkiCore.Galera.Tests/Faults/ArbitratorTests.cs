namespace PkiCore.Galera.Tests.Faults;

/// <summary>Two nodes and an arbitrator: each of the three places is lost in turn, and the other two go on.</summary>
[Collection(LabGroup.Name)]
public sealed class ArbitratorTests(LabFixture fixture) : FaultTests(fixture)
{
    [Fact]
    public async Task Each_place_can_be_lost()
    {
        await using Lab lab = await Lab.StartAsync(arbitrator: true, Cancellation);
        await using LabScene scene = await LabScene.ArrangeAsync(lab, certificates: 30, seed: 7, Cancellation, options => options with { MinDataNodes = 1 });
        Edge edge = await scene.AddEdgeAsync(cancellationToken: Cancellation);
        await using var strict = new GaleraCluster(LabConnections.Options(lab, "writer"), TimeProvider.System);
        await strict.StartAsync(Cancellation);
        await using var store = new RevocationStore(strict);
        scene.Crew.Run(WriterPause);

        foreach (int place in new[] { 1, 2, 3 })
        {
            int left = NodeBut(lab, place);
            await lab.KillAsync(place, Cancellation);
            await Eventually.HoldsAsync($"node {left} goes on with one other", async () => await lab.WsrepAsync(left, "wsrep_cluster_size", Cancellation) == "2", Cancellation);
            TimeSpan arrived = await scene.RevocationArrivesAsync(edge, left, Cancellation);
            Print(scene.AskerOf(edge), $"place {place} lost: a revocation arrived after {arrived.TotalSeconds:0.00} s");
            if (lab.Nodes.Contains(place))
            {
                await RefusesAsync(scene, strict, store);
                Tells(edge.Log, 600, $"node{place} is Unreachable");
                await MovesFromAsync(edge, place);
            }
            else
            {
                Assert.Equal(RevocationOutcome.Revoked, (await store.RevokeAsync(scene.Issuer, (await scene.Crew.IssueOwnAsync(0, 1, Cancellation))[0], cancellationToken: Cancellation)).Outcome);
            }

            await lab.StartNodeAsync(place, Cancellation);
            await lab.WaitAsync(Cancellation);
        }

        AssertKept(await scene.JudgeAsync(1, Cancellation));
        AssertKept(await scene.JudgeAsync(2, Cancellation));
    }

    /// <summary>A writer that wants two nodes with data is told that there is one, and that nothing was done. The arbitrator does not count.</summary>
    private static async Task RefusesAsync(LabScene scene, GaleraCluster cluster, RevocationStore store)
    {
        await Eventually.HoldsAsync("the strict writer sees one node with data", () => cluster.View is { DataNodeCount: 1, Nearest: not null }, Cancellation);
        RevocationStoreException refused = await Assert.ThrowsAsync<RevocationStoreException>(() => store.RevokeAsync(scene.Issuer, scene.Crew.Serials[0], cancellationToken: Cancellation));
        Assert.False(refused.IsOutcomeUnknown);
        Assert.Contains("1 node(s) with data are in the primary component, and 2 have to be for a write to be accepted (MinDataNodes)", refused.Message, StringComparison.Ordinal);
    }
}
