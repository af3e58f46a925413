using PkiCore.Responder.Demo;
using PkiCore.Responder.Tests.Hsm;

namespace PkiCore.Responder.Tests.Crl;

/// <summary>The CA's key is on a token, those that sign answers are not.</summary>
public sealed class HostCrlTokenTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Token_that_goes_degrades_while_OCSP_and_the_CRLs_before_go_on_and_comes_back()
    {
        using var served = new ServedCrls();
        using FaultyModule module = await FaultyModule.CreateAsync("ca-token", HsmDemo.Pin, Cancellation);
        await module.ImportKeyAsync("ca-token", HsmDemo.Pin, served.Ca.CaKeyPath, "ca", "01", Cancellation);
        await File.WriteAllTextAsync(served.File("pin"), HsmDemo.Pin, Cancellation);
        served.Section["Key"] = $"pkcs11:token=ca-token;object=ca?module-path={module.ModulePath}&pin-source=file:pin";
        await using ResponderProcess responder = await served.ServeAsync();
        ReadCrl before = await ServedCrls.WaitForAsync(responder, "/crl/ca-delta.crl", served.Ca);

        module.Set("token gone");
        DemoCertificate revoked = served.Ca.Issue("revoked-later.demo.example");
        served.Ca.Revoke(revoked.Serial, null);
        await Eventually.HoldsAsync("degraded", () => ServedCrls.HealthHasAsync(responder, "\"degraded\""), Cancellation);
        await Eventually.HoldsAsync("revoked", async () => await ServedCrls.AskAsync(responder, served.Ca, revoked.CertificatePath) == Ocsp.OcspCertificateStatus.Revoked, Cancellation);
        Assert.Equal(before.Number, (await ServedCrls.WaitForAsync(responder, "/crl/ca-delta.crl", served.Ca)).Number);
        Assert.True(await ServedCrls.HealthHasAsync(responder, "\"ready\": true"));

        module.Clear();
        string serial = ServedCrls.SerialOf(revoked.CertificatePath);
        await ServedCrls.WaitForAsync(responder, "/crl/ca.crl", served.Ca, crl => crl.Serials.Contains(serial));
        await Eventually.HoldsAsync("healthy", () => ServedCrls.HealthHasAsync(responder, "\"healthy\""), Cancellation);
    }
}
