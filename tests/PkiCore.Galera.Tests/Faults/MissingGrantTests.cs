namespace PkiCore.Galera.Tests.Faults;

/// <summary>A grant is taken from the edge's user while it reads.</summary>
[Collection(LabGroup.Name)]
public sealed class MissingGrantTests(LabFixture fixture) : FaultTests(fixture)
{
    [Fact]
    public async Task Column_that_may_not_be_read_is_named_and_the_edge_goes_on_with_what_it_knows()
    {
        await using LabScene scene = await ArrangeAsync(seed: 14);
        Edge edge = await scene.AddEdgeAsync(cancellationToken: Cancellation);
        await scene.RevocationArrivesAsync(edge, 1, Cancellation);
        await Eventually.HoldsAsync("all answers are signed", () => edge.Health.WaitingToBeSigned == 0, Cancellation);

        await scene.Lab.SqlAsync(1, "REVOKE SELECT (reason) ON pkicore.status_change FROM edge@'%'", Cancellation);
        try
        {
            scene.Crew.Run(WriterPause);
            await Eventually.HoldsAsync("the edge says what is wrong", () => IsNamed(edge.Health.Problems), Cancellation);
            await WillTellAsync(edge.Log, 201, "'reason'", "denied to user 'edge'");
            Assert.True(await edge.AskAsync(scene.Crew.Serials[0]) is not null);
        }
        finally
        {
            await scene.Lab.SqlAsync(1, GaleraSchema.UsersScript, Cancellation);
        }

        TimeSpan arrived = await scene.RevocationArrivesAsync(edge, 1, Cancellation);
        Print(scene.AskerOf(edge), $"granted again: a revocation arrived after {arrived.TotalSeconds:0.00} s");
        AssertKept(await scene.JudgeAsync(1, Cancellation));
        Assert.False(edge.Log.Tells(602), "nodes were given up for what no node can help");
    }

    private static bool IsNamed(IEnumerable<string> problems) => problems.Any(problem => problem.Contains("'reason'", StringComparison.Ordinal));
}
