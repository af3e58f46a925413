using PkiCore.X509;

namespace PkiCore.Galera.Tests.Faults;

/// <summary>The edge's clock is set to another time than the nodes have.</summary>
[Collection(LabGroup.Name)]
public sealed class ClockTests(LabFixture fixture) : FaultTests(fixture)
{
    [Fact]
    public async Task Nothing_new_is_signed_until_the_clocks_agree()
    {
        var clock = new ShiftedTimeProvider();
        await using LabScene scene = await ArrangeAsync(seed: 17);
        Edge edge = await scene.AddEdgeAsync(clocks: EdgeClocks.OfEdge(clock), cancellationToken: Cancellation);
        SerialNumber[] serials = await scene.Crew.IssueOwnAsync(0, 1, Cancellation);
        await Eventually.HoldsAsync("the certificate is known", async () => await edge.AskAsync(serials[0]) is { IsGood: true }, Cancellation);
        scene.Crew.Run(WriterPause);

        clock.Shift = TimeSpan.FromSeconds(-10);
        await WillTellAsync(edge.Log, 606, "ahead of this machine's, and nothing new is signed", "this machine's clock is likely wrong");
        await Eventually.HoldsAsync("the edge says what is wrong", () => edge.Health.Problems.Any(problem => problem.Contains("clock", StringComparison.Ordinal)), Cancellation);
        await scene.Crew.RevokeAsync(1, serials[0], Cancellation);
        await Eventually.HoldsAsync("the answer that was signed before is dead", async () => await edge.AskAsync(serials[0], isLive: false) is null, Cancellation);
        Assert.Null(await edge.AskAsync(serials[0]));

        clock.Shift = TimeSpan.Zero;
        TimeSpan signed = await Eventually.HoldsAsync("the revocation is answered", async () => await edge.AskAsync(serials[0]) is { IsRevoked: true }, Cancellation);
        Print(scene.AskerOf(edge), $"signed {signed.TotalSeconds:0.00} s after the clock was right");
        await WillTellAsync(edge.Log, 607, "signing goes on");
        AssertKept(await scene.JudgeAsync(1, Cancellation));
    }
}
