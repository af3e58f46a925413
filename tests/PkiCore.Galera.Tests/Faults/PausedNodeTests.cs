namespace PkiCore.Galera.Tests.Faults;

/// <summary>One node stands still and holds up all commits, until it goes on or the others give it up.</summary>
[Collection(LabGroup.Name)]
public sealed class PausedNodeTests(LabFixture fixture) : FaultTests(fixture)
{
    [Fact]
    public async Task Writers_wait_for_it_and_the_edge_goes_on()
    {
        await using LabScene scene = await ArrangeAsync(seed: 5);
        Edge edge = await scene.AddEdgeAsync(cancellationToken: Cancellation);
        scene.Crew.Run(WriterPause);
        int paused = NodeBut(scene.Lab, edge.Node);
        int writer = NodeBut(scene.Lab, paused);
        await scene.RevocationArrivesAsync(edge, writer, Cancellation);
        EdgeAsker asker = scene.AskerOf(edge);

        await scene.Lab.PauseAsync(paused, Cancellation);
        long answered = asker.Answered;
        Task<TimeSpan> arriving = scene.RevocationArrivesAsync(edge, writer, Cancellation);
        await WillTellAsync(edge.Log, 600, $"node{paused} is Unreachable", "no answer within 1 s");
        await Eventually.HoldsAsync("the edge answers", () => asker.Answered > answered + 10, Cancellation);
        await scene.Lab.ResumeAsync(paused, Cancellation);
        TimeSpan arrived = await arriving;
        await scene.Lab.WaitAsync(Cancellation);
        TimeSpan pause = LongestPause(scene.Crew.Acknowledgements);
        Print(asker, $"writers waited {pause.TotalSeconds:0.00} s, a revocation arrived after {arrived.TotalSeconds:0.00} s");

        AssertKept(await scene.JudgeAsync(paused, Cancellation));
        Assert.True(pause > TimeSpan.FromSeconds(0.5), $"nobody waited longer than {pause}");
        await WillTellAsync(edge.Log, 600, $"node{paused} is Synced, was Unreachable");
    }

    private static TimeSpan LongestPause(IEnumerable<Acknowledged> acknowledged)
    {
        DateTimeOffset[] times = [.. acknowledged.Select(change => change.At).Order()];
        return times.Zip(times.Skip(1), (before, after) => after - before).Max();
    }
}
