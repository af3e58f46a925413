using PkiCore.Galera.Tests.Cluster;

namespace PkiCore.Galera.Tests.Faults;

/// <summary>A node dies without notice while edges read it and writers write on all nodes.</summary>
[Collection(LabGroup.Name)]
public sealed class KilledNodeTests(LabFixture fixture) : FaultTests(fixture)
{
    /// <summary>Each may take 3 s on a machine of its own; a busy one gets five times as much.</summary>
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(15);

    [Fact]
    public async Task Edge_moves_to_another_node_and_nothing_is_lost()
    {
        await using LabScene scene = await ArrangeAsync(seed: 1);
        Edge edge = await scene.AddEdgeAsync(cancellationToken: Cancellation);
        using var metrics = new SeenMetrics(edge.Cluster);
        scene.Crew.Run(WriterPause);
        int read = edge.Node;
        int other = NodeBut(scene.Lab, read);

        await scene.Lab.KillAsync(read, Cancellation);
        Task<DateTimeOffset> view = NewViewAsync(scene.Lab, other);
        TimeSpan fed = await Eventually.HoldsAsync(
            "the feed goes on from another node",
            () => edge.Cluster.History.News.Value is { Problem: null, Node: { } node } && node.Name != $"node{read}",
            Cancellation);
        DateTimeOffset seen = await view;
        await Eventually.HoldsAsync("the edge knows the state as of the new view", () => edge.Health.Watermark > seen, Cancellation);
        TimeSpan known = TimeProvider.System.GetUtcNow() - seen;
        TimeSpan arrived = await scene.RevocationArrivesAsync(edge, other, Cancellation);
        Print(scene.AskerOf(edge), $"feed after {fed.TotalSeconds:0.00} s, watermark {known.TotalSeconds:0.00} s after the new view, a revocation after {arrived.TotalSeconds:0.00} s");
        Dictionary<string, double> values = metrics.Read();

        await scene.Lab.StartNodeAsync(read, Cancellation);
        AssertKept(await scene.JudgeAsync(read, Cancellation));
        Assert.True(fed < s_limit, $"it took {fed} until changes were read again");
        Assert.True(known < s_limit, $"it took {known} from the new view to a watermark");
        Tells(edge.Log, 600, $"node{read} is Unreachable, was Synced");
        Tells(edge.Log, 601, $"before node{read}");
        Assert.Equal(1, values[$"pkicore.galera.node.state node=node{read},state=Unreachable"]);
        Assert.True(values["pkicore.galera.moves "] >= 2, "the metric of moves does not tell of it");
    }

    /// <summary>When the nodes that are left agree that one is gone.</summary>
    private static async Task<DateTimeOffset> NewViewAsync(Lab lab, int node)
    {
        await Eventually.HoldsAsync("the new view", async () => await lab.WsrepAsync(node, "wsrep_cluster_size", Cancellation) == "2", Cancellation);
        return TimeProvider.System.GetUtcNow();
    }
}
