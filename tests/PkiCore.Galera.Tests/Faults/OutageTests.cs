using PkiCore.X509;

namespace PkiCore.Galera.Tests.Faults;

/// <summary>All nodes are lost, and come back.</summary>
[Collection(LabGroup.Name)]
public sealed class OutageTests(LabFixture fixture) : FaultTests(fixture)
{
    [Fact]
    public async Task Edge_answers_until_nextUpdate_and_recovers_by_itself()
    {
        var clock = new ShiftedTimeProvider();
        await using LabScene scene = await ArrangeAsync(seed: 8);
        Edge edge = await scene.AddEdgeAsync(
            options => options with { MaxClockOffset = TimeSpan.FromHours(1) }, // time passes faster here than on the nodes
            responder => responder.Validity = TimeSpan.FromMinutes(5),
            EdgeClocks.Both(clock),
            Cancellation);
        SerialNumber[] serials = await scene.Crew.IssueOwnAsync(0, 2, Cancellation);
        scene.Crew.Run(WriterPause);
        await scene.Lab.StopAsync(3, Cancellation); // it misses what follows: the cluster has to begin with another node
        await scene.Crew.RevokeAsync(0, serials[0], Cancellation);
        await Eventually.HoldsAsync("the revocation is answered", async () => await edge.AskAsync(serials[0]) is { IsRevoked: true }, Cancellation);
        await scene.Crew.StopAsync();
        await Eventually.HoldsAsync("all answers are signed", () => edge.Health is { WaitingToBeSigned: 0, Certificates: 32 }, Cancellation);

        await Task.WhenAll(scene.Lab.KillAsync(1, Cancellation), scene.Lab.KillAsync(2, Cancellation));
        await WillTellAsync(edge.Log, 602, "Isolated: no node can be read", "node1:", "node2:", "node3:");
        Assert.All(await AskAllAsync(edge, scene), answer => Assert.NotNull(answer));
        clock.Shift = TimeSpan.FromMinutes(6);
        Assert.All(await AskAllAsync(edge, scene), Assert.Null);

        await scene.Lab.RepairAsync(Cancellation);
        TimeSpan back = await Eventually.HoldsAsync("the revocation is answered again", async () => await edge.AskAsync(serials[0]) is { IsRevoked: true }, Cancellation);
        Print(scene.AskerOf(edge), $"answers again {back.TotalSeconds:0.00} s after the cluster was back");
        await scene.RevocationArrivesAsync(edge, 3, Cancellation);
        AssertKept(await scene.JudgeAsync(3, Cancellation));
        Tells(edge.Log, 603, "No longer isolated");
    }

    private static async Task<List<EdgeAnswer?>> AskAllAsync(Edge edge, LabScene scene)
    {
        var answers = new List<EdgeAnswer?>();
        foreach (SerialNumber serial in scene.Crew.Serials)
        {
            answers.Add(await edge.AskAsync(serial));
        }

        return answers;
    }
}
