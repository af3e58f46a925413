using PkiCore.Galera.Tests.Cluster;

namespace PkiCore.Galera.Tests.Faults;

/// <summary>The node that is read is cut off from the other nodes, and still reached by the edge: it answers 1047 from then on.</summary>
[Collection(LabGroup.Name)]
public sealed class PartitionTests(LabFixture fixture) : FaultTests(fixture)
{
    [Fact]
    public async Task Edge_leaves_the_minority()
    {
        await using LabScene scene = await ArrangeAsync(seed: 3);
        Edge edge = await scene.AddEdgeAsync(cancellationToken: Cancellation);
        using var metrics = new SeenMetrics(edge.Cluster);
        scene.Crew.Run(WriterPause);
        int cut = edge.Node;

        await scene.Lab.PartitionAsync(cut, Cancellation);
        await WillTellAsync(edge.Log, 600, $"node{cut} is NotPrimary", "cut off from the majority");
        TimeSpan moved = await MovesFromAsync(edge, cut);
        TimeSpan arrived = await scene.RevocationArrivesAsync(edge, NodeBut(scene.Lab, cut), Cancellation);
        Print(scene.AskerOf(edge), $"moved {moved.TotalSeconds:0.00} s after it was noticed, a revocation after {arrived.TotalSeconds:0.00} s");
        Assert.Equal(1, metrics.Read()[$"pkicore.galera.node.state node=node{cut},state=NotPrimary"]);
        Tells(edge.Log, 601, $"before node{cut}");

        await scene.Lab.HealAsync(Cancellation);
        await scene.Lab.WaitAsync(Cancellation);
        AssertKept(await scene.JudgeAsync(cut, Cancellation));
    }
}
