namespace PkiCore.Galera.Tests.Faults;

/// <summary>The node that is read has to give all its data to another one.</summary>
[Collection(LabGroup.Name)]
public sealed class DonorTests(LabFixture fixture) : FaultTests(fixture)
{
    [Fact]
    public async Task Edge_leaves_the_donor()
    {
        await using LabScene scene = await ArrangeAsync(seed: 4);
        // With so little data it is a donor for a moment only.
        Edge edge = await scene.AddEdgeAsync(options => options with { ProbeInterval = TimeSpan.FromMilliseconds(100) }, cancellationToken: Cancellation);
        scene.Crew.Run(WriterPause);
        int joiner = NodeBut(scene.Lab, edge.Node);
        await scene.Lab.WipeAsync(joiner, Cancellation);
        await scene.RevocationArrivesAsync(edge, NodeBut(scene.Lab, joiner), Cancellation); // the others have noticed that it is gone
        await MovesFromAsync(edge, joiner);
        int read = edge.Node;

        await scene.Lab.StartNodeFromAsync(donor: read, joiner, Cancellation);
        await WillTellAsync(edge.Log, 600, $"node{read} is Donor, was Synced", "gives its state to a node that joins");
        TimeSpan moved = await MovesFromAsync(edge, read);
        TimeSpan arrived = await scene.RevocationArrivesAsync(edge, NodeBut(scene.Lab, read, joiner), Cancellation);
        Print(scene.AskerOf(edge), $"moved {moved.TotalSeconds:0.00} s after it was noticed, a revocation after {arrived.TotalSeconds:0.00} s");
        // A donor stops applying before it says what it is: where the edge reads in between, that is the reason.
        Assert.True(
            edge.Log.Tells(601, $"before node{read}:", $"node{read}: gives its state") || edge.Log.Tells(601, $"before node{read}:", $"node{read}: failed while it was used"),
            string.Join('\n', edge.Log.Lines));

        await scene.Lab.WaitAsync(Cancellation);
        AssertKept(await scene.JudgeAsync(joiner, Cancellation));
    }
}
