using PkiCore.X509;

namespace PkiCore.Galera.Tests.Faults;

/// <summary>The only node that an edge knows goes and comes back, with the changes that it missed (IST) or with a copy of everything (SST).</summary>
[Collection(LabGroup.Name)]
public sealed class RejoinTests(LabFixture fixture) : FaultTests(fixture)
{
    private const int Node = 2;

    [Theory]
    [InlineData(false, "mariabackup IST completed on joiner")]
    [InlineData(true, "mariabackup SST completed on joiner")]
    public async Task Edge_goes_on_where_it_was(bool isWiped, string sign)
    {
        await using LabScene scene = await ArrangeAsync(seed: 6);
        Edge edge = await scene.AddEdgeAsync(options => options with { Nodes = [options.Nodes[Node - 1]] }, cancellationToken: Cancellation);
        SerialNumber[] serials = await scene.Crew.IssueOwnAsync(0, 2, Cancellation);
        await Eventually.HoldsAsync("the certificate is known", async () => await edge.AskAsync(serials[1]) is { IsGood: true }, Cancellation);
        scene.Crew.Run(WriterPause);

        await (isWiped ? scene.Lab.WipeAsync(Node, Cancellation) : scene.Lab.KillAsync(Node, Cancellation));
        await WillTellAsync(edge.Log, 602, $"Isolated: no node can be read; node{Node}:");
        await scene.Crew.RevokeAsync(0, serials[0], Cancellation);
        Assert.True(await edge.AskAsync(serials[1]) is { IsGood: true });
        int before = (await scene.Lab.ReadLogAsync(Node, Cancellation)).Length;
        await scene.Lab.StartNodeAsync(Node, Cancellation);
        TimeSpan known = await Eventually.HoldsAsync("the revocation that was missed is answered", async () => await edge.AskAsync(serials[0]) is { IsRevoked: true }, Cancellation);
        Print(scene.AskerOf(edge), $"a revocation that was missed was known {known.TotalSeconds:0.00} s after the node was back");

        AssertKept(await scene.JudgeAsync(Node, Cancellation));
        string log = (await scene.Lab.ReadLogAsync(Node, Cancellation))[before..];
        Assert.Contains(sign, log, StringComparison.Ordinal);
        Tells(edge.Log, 603, $"No longer isolated: node{Node}");
        Assert.Single(edge.Log.Lines, line => line.Contains(" 622 ", StringComparison.Ordinal)); // everything was read once, at the beginning
    }
}
