using System.Diagnostics;

namespace PkiCore.Galera.Tests.Faults;

/// <summary>A node dies without notice while edges read it and writers write on all nodes.</summary>
[Collection(LabGroup.Name)]
public sealed class KilledNodeTests(LabFixture fixture)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Edge_moves_to_another_node_and_nothing_is_lost()
    {
        Lab lab = await fixture.HealthyAsync(Cancellation);
        await using LabScene scene = await LabScene.ArrangeAsync(lab, certificates: 60, seed: 1, Cancellation);
        Edge edge = await scene.AddEdgeAsync(cancellationToken: Cancellation);
        scene.Crew.Run(TimeSpan.FromMilliseconds(10));
        int read = NumberOf(edge);
        int other = lab.Nodes.First(node => node != read);

        await lab.KillAsync(read, Cancellation);
        long killed = Stopwatch.GetTimestamp();
        await Eventually.HoldsAsync("the edge reads another node", () => edge.Cluster.View.Nearest is { } nearest && nearest.Node.Name != $"node{read}", Cancellation);
        TimeSpan moved = Stopwatch.GetElapsedTime(killed);
        await scene.Crew.IssueAsync(other - 1, 1, Cancellation);
        Acknowledged revoked = await scene.Crew.RevokeAsync(other - 1, scene.Crew.Serials[^1], Cancellation);
        await Eventually.HoldsAsync("the revocation is answered", async () => await edge.AskAsync(revoked.Serial) is { IsRevoked: true }, Cancellation);
        TestContext.Current.TestOutputHelper?.WriteLine($"moved {moved.TotalSeconds:0.00} s after the kill, revoked answered {Stopwatch.GetElapsedTime(killed).TotalSeconds:0.00} s after it");

        await lab.StartNodeAsync(read, Cancellation);
        await scene.Crew.StopAsync();
        Assert.Empty(await scene.JudgeAsync(read, Cancellation));
        Assert.True(moved < TimeSpan.FromSeconds(15), $"it took {moved} to move");
        Assert.Contains(edge.Log.Lines, line => line.Contains($"node{read}", StringComparison.Ordinal) && line.Contains("Unreachable", StringComparison.Ordinal));
    }

    private static int NumberOf(Edge edge) => edge.Cluster.View.Nearest!.Node.Name[^1] - '0';
}
