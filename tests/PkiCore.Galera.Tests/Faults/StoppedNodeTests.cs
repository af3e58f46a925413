namespace PkiCore.Galera.Tests.Faults;

/// <summary>The node that is read is stopped as for maintenance.</summary>
[Collection(LabGroup.Name)]
public sealed class StoppedNodeTests(LabFixture fixture) : FaultTests(fixture)
{
    [Fact]
    public async Task Edge_moves_to_another_node_and_writers_go_on()
    {
        await using LabScene scene = await ArrangeAsync(seed: 2);
        Edge edge = await scene.AddEdgeAsync(cancellationToken: Cancellation);
        scene.Crew.Run(WriterPause);
        int read = edge.Node;

        await scene.Lab.StopAsync(read, Cancellation);
        TimeSpan moved = await MovesFromAsync(edge, read);
        TimeSpan arrived = await scene.RevocationArrivesAsync(edge, NodeBut(scene.Lab, read), Cancellation);
        Print(scene.AskerOf(edge), $"moved {moved.TotalSeconds:0.00} s after the stop, a revocation after {arrived.TotalSeconds:0.00} s");

        await scene.Lab.StartNodeAsync(read, Cancellation);
        AssertKept(await scene.JudgeAsync(read, Cancellation));
        Tells(edge.Log, 601, $"before node{read}");
    }
}
