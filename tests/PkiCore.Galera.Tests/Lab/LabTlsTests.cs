namespace PkiCore.Galera.Tests;

/// <summary>Who may talk to the nodes of the lab, and whom its clients refuse.</summary>
[Collection(LabGroup.Name)]
public sealed class LabTlsTests(LabFixture fixture)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Client_with_its_own_certificate_is_let_in()
    {
        Lab lab = await fixture.HealthyAsync(Cancellation);
        foreach (int node in lab.Nodes)
        {
            ToolResult result = await LabClient.WhoAmIAsync(lab, node, "admin", "admin");
            Assert.Equal("admin@%", result.Output.Trim());
        }
    }

    [Fact]
    public async Task Client_without_its_own_certificate_is_refused()
    {
        Lab lab = await fixture.HealthyAsync(Cancellation);
        ToolResult[] results =
        [
            await LabClient.WhoAmIAsync(lab, 1, "admin", "edge"),
            await LabClient.WhoAmIWithoutCertificateAsync(lab, 1, "admin"),
            await LabClient.WhoAmIWithoutTlsAsync(lab, 1, "admin"),
        ];
        Assert.All(results, result => Assert.Contains("ERROR 1045", result.Error, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(LabCertificate.Expired, "expired")]
    [InlineData(LabCertificate.OtherCa, "issuer")]
    [InlineData(LabCertificate.WrongName, "Validation")]
    public async Task Wrong_server_certificate_is_refused_by_the_client(LabCertificate certificate, string reason)
    {
        Lab lab = await fixture.HealthyAsync(Cancellation);
        await lab.ShowCertificateAsync(2, certificate, Cancellation);
        ToolResult refused = await LabClient.WhoAmIAsync(lab, 2, "admin", "admin");
        await lab.ShowCertificateAsync(2, LabCertificate.Good, Cancellation);
        ToolResult accepted = await LabClient.WhoAmIAsync(lab, 2, "admin", "admin");

        Assert.Contains("ERROR 2026", refused.Error, StringComparison.Ordinal);
        Assert.Contains(reason, refused.Error, StringComparison.Ordinal);
        Assert.Equal("admin@%", accepted.Output.Trim());
    }

    [Fact]
    public async Task Replication_takes_certificates_of_its_own_CA_only()
    {
        Lab lab = await fixture.HealthyAsync(Cancellation);
        Assert.True(await ReplicationPort.GreetsAsync(lab, 1, lab.ReplicationFiles(3), Cancellation));
        Assert.False(await ReplicationPort.GreetsAsync(lab, 1, lab.ClientFiles("admin"), Cancellation));
    }
}
