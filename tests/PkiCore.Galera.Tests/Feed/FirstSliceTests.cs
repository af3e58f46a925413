using PkiCore.Galera;
using PkiCore.Responder.Demo;
using PkiCore.Signing;
using PkiCore.Testing.Galera;
using PkiCore.X509;

namespace PkiCore.Galera.Tests.Feed;

public sealed class FirstSliceTests
{
    [Fact]
    public async Task Slice()
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        Lab lab = await Lab.StartAsync("/tmp/lab-main", false, token);
        await GaleraSchema.MigrateAsync(LabConnections.Node(lab, 1, "admin").DataSource, cancellationToken: token);
        await lab.SqlAsync(1, GaleraSchema.UsersScript, token);
        using var folder = new TemporaryDirectory();
        var ca = DemoCa.Create(folder.FullPath, new DemoCaOptions(), TimeProvider.System);
        var issuer = Issuer.FromPemFile(ca.CaPath);
        DemoCertificate responder = ca.CreateResponder(new DemoResponderOptions { Name = "signer" });
        using ISigner signer = SoftwareSigner.FromPemFiles(responder.CertificatePath, responder.KeyPath);
        await using WriterCrew crew = await WriterCrew.StartAsync(lab, issuer, 50, 1, token);
        await using var edge = new Edge(LabConnections.Options(lab, "edge"), issuer, signer);
        await edge.StartAsync(token);
        crew.Run(TimeSpan.FromMilliseconds(5));
        await Task.Delay(5000, token);
        await crew.StopAsync();
        GaleraJudge judge = await GaleraJudge.ReadAsync(LabConnections.Node(lab, 2, "edge"), token);
        judge.CompareAcknowledged(crew.Acknowledgements);
        await judge.CompareEdgeAsync(edge, TimeSpan.FromSeconds(5), token);
        TestContext.Current.TestOutputHelper!.WriteLine($"{crew.Operations} operations, {judge.Changes} changes, {crew.Acknowledgements.Count} acks\n{string.Join('\n', edge.Log.Lines)}\n{string.Join('\n', crew.Failures)}");
        Assert.Empty(judge.Faults);
        Assert.Fail("show");
    }
}
