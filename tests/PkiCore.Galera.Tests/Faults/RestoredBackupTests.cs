using PkiCore.X509;

namespace PkiCore.Galera.Tests.Faults;

/// <summary>The cluster is rebuilt from a backup that lacks revocations which edges have read, and is written to, so that it tells another history.</summary>
[Collection(LabGroup.Name)]
public sealed class RestoredBackupTests(LabFixture fixture) : FaultTests(fixture)
{
    private const int More = 20; // than were lost

    [Fact]
    public async Task Edge_keeps_what_it_knows_until_an_operator_has_reconciled_and_accepted()
    {
        await using LabScene scene = await ArrangeAsync(seed: 9);
        Edge edge = await scene.AddEdgeAsync(cancellationToken: Cancellation);
        SerialNumber[] serials = await scene.Crew.IssueOwnAsync(0, 3, Cancellation);
        await scene.Lab.BackupAsync(2, Cancellation);
        Acknowledged[] lost = [await scene.Crew.RevokeAsync(0, serials[0], Cancellation), await scene.Crew.RevokeAsync(1, serials[1], Cancellation)];
        await StayRevokedAsync(edge, lost);

        await scene.Lab.RestoreAsync(Cancellation);
        await WillTellAsync(edge.Log, 623, "ALARM", "the database has lost changes", "db reconcile", "accept-history");
        await StayRevokedAsync(edge, lost);
        Assert.Contains(edge.Health.Problems, problem => problem.Contains("another history", StringComparison.Ordinal));

        // Now its numbers go beyond those that the edge has read.
        await scene.Crew.RevokeAsync(2, serials[2], Cancellation);
        await scene.Crew.IssueOwnAsync(0, More, Cancellation);
        await WillTellAsync(edge.Log, 623, "ALARM", "does not go on from the change");
        await StayRevokedAsync(edge, lost);
        Assert.False(await edge.AskAsync(serials[2]) is { IsRevoked: true }, "something was taken from a history that is refused");

        await ReconcileAsync(scene, lost);
        await scene.Lab.SqlAsync(1, "UPDATE pkicore.history SET accepted_at = UTC_TIMESTAMP(6)", Cancellation);
        await WillTellAsync(edge.Log, 624, "followed again");
        scene.Crew.Run(WriterPause);
        TimeSpan arrived = await scene.RevocationArrivesAsync(edge, 3, Cancellation);
        Print(scene.AskerOf(edge), $"followed again: a revocation arrived after {arrived.TotalSeconds:0.00} s");
        AssertKept(await scene.JudgeEdgesAsync(1, Cancellation));
        await StayRevokedAsync(edge, [.. lost, .. scene.Crew.Acknowledgements.Where(change => change.Result.Outcome == RevocationOutcome.Revoked)]);
    }

    private static async Task StayRevokedAsync(Edge edge, IEnumerable<Acknowledged> revocations)
    {
        foreach (Acknowledged revocation in revocations)
        {
            await Eventually.HoldsAsync($"{revocation.Serial} is answered revoked", async () => await edge.AskAsync(revocation.Serial) is { IsRevoked: true }, Cancellation);
        }
    }

    /// <summary>Writes back what the edge knows and the database has lost.</summary>
    private static async Task ReconcileAsync(LabScene scene, Acknowledged[] lost)
    {
        IReadOnlyList<RevocationResult> results = await scene.Crew.Store(0).ApplyAsync(
            scene.Issuer, [.. lost.Select(revocation => RevocationOperation.Import(revocation.Result.State!.Value))], Cancellation);
        Assert.All(results, result => Assert.Equal(RevocationOutcome.Revoked, result.Outcome));
    }
}
