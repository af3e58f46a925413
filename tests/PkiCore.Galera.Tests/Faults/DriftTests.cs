using PkiCore.X509;

namespace PkiCore.Galera.Tests.Faults;

/// <summary>Somebody changes the table of certificates by hand, past the history.</summary>
[Collection(LabGroup.Name)]
public sealed class DriftTests(LabFixture fixture) : FaultTests(fixture)
{
    [Fact]
    public async Task Comparison_finds_it_also_while_there_are_changes()
    {
        await using LabScene scene = await ArrangeAsync(seed: 18);
        Edge edge = await scene.AddEdgeAsync(options => options with { ComparisonInterval = TimeSpan.FromSeconds(1) }, cancellationToken: Cancellation);
        SerialNumber[] serials = await scene.Crew.IssueOwnAsync(0, 1, Cancellation);
        await Eventually.HoldsAsync("the certificate is known", async () => await edge.AskAsync(serials[0]) is { IsGood: true }, Cancellation);
        scene.Crew.Run(WriterPause);

        await scene.Lab.SqlAsync(1, $"UPDATE pkicore.certificate SET status = 1, reason = 1, revoked_at = UTC_TIMESTAMP(6) WHERE serial = x'{serials[0]}'", Cancellation);
        TimeSpan found = await Eventually.HoldsAsync("what the table says is answered", async () => await edge.AskAsync(serials[0]) is { IsRevoked: true }, Cancellation);
        await WillTellAsync(edge.Log, 201, "ALARM: 1 certificate(s) were not as the source has them", serials[0].ToString());
        Print(scene.AskerOf(edge), $"found and put right after {found.TotalSeconds:0.00} s");

        await scene.Lab.SqlAsync(1, $"UPDATE pkicore.certificate SET status = 0, reason = NULL, revoked_at = NULL WHERE serial = x'{serials[0]}'", Cancellation);
        await WillTellAsync(edge.Log, 201, "ALARM: 1 certificate(s) revoked for good are no longer revoked in the source, and stay revoked here", serials[0].ToString());
        Assert.True(await edge.AskAsync(serials[0]) is { IsRevoked: true });

        // Revoked as it should be: table, history and edge agree again.
        await scene.Crew.RevokeAsync(0, serials[0], Cancellation);
        AssertKept(await scene.JudgeAsync(1, Cancellation));
    }
}
