using PkiCore.Galera.Cluster;

namespace PkiCore.Galera.Tests.Faults;

/// <summary>A node shows a certificate that proves nothing.</summary>
[Collection(LabGroup.Name)]
public sealed class NodeCertificateTests(LabFixture fixture) : FaultTests(fixture)
{
    [Theory]
    [InlineData(LabCertificate.Expired, "expired")]
    [InlineData(LabCertificate.OtherCa, "issuer")]
    [InlineData(LabCertificate.WrongName, "Validation")]
    public async Task Node_is_not_read_and_the_others_are(LabCertificate certificate, string reason)
    {
        await using LabScene scene = await ArrangeAsync(seed: 10);
        await scene.Lab.ShowCertificateAsync(1, certificate, Cancellation);
        Edge edge = await scene.AddEdgeAsync(cancellationToken: Cancellation);
        scene.Crew.Run(WriterPause);
        await scene.RevocationArrivesAsync(edge, 2, Cancellation);

        NodeView node = edge.Cluster.View.Nodes[0];
        Assert.Equal(NodeState.Unreachable, node.State);
        Assert.Contains(reason, node.Problem, StringComparison.OrdinalIgnoreCase);
        Assert.Contains(edge.Node, new[] { 2, 3 });
        Tells(edge.Log, 600, "node1 is Unreachable", node.Problem!);

        await scene.Lab.ShowCertificateAsync(1, LabCertificate.Good, Cancellation);
        await Eventually.HoldsAsync("the node may be read again", () => edge.Cluster.View.Nodes[0].IsHealthy, Cancellation);
        AssertKept(await scene.JudgeAsync(1, Cancellation));
    }
}
