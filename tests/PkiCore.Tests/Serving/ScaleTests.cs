using PkiCore.Ocsp;
using PkiCore.Responder.Demo;
using PkiCore.Serving;
using PkiCore.Signing;
using PkiCore.Status;
using PkiCore.X509;

namespace PkiCore.Tests.Serving;

public sealed class ScaleTests
{
    [Fact]
    public async Task A_hundred_thousand_certificates_are_loaded_and_signed_with_progress_to_be_seen()
    {
        const int count = 100_000;
        using var directory = new TemporaryDirectory();
        DemoCa ca = DemoCa.Create(directory.File("ca"), new DemoCaOptions(), TimeProvider.System);
        IReadOnlyList<string> serials = ca.IssueMany(count);
        ca.RevokeMany([.. serials.Take(1000)], null);
        var issuer = Issuer.FromPemFile(ca.CaPath);
        using ISigner signer = SoftwareSigner.FromPemFiles(ca.ResponderPath, ca.ResponderKeyPath);
        await using var responder = new OcspResponder(new OcspResponderOptions { PreparedHashes = [CertIdHash.Sha256] });
        responder.AddIssuer(issuer, signer, new OpenSslIndexSource(ca.IndexPath));

        await responder.StartAsync(TestContext.Current.CancellationToken);

        IssuerHealth loaded = responder.GetHealth().Issuers[0];
        Assert.True(loaded.Certificates >= count && loaded.Revoked >= 1000);
        int waiting = loaded.WaitingToBeSigned;
        Assert.True(waiting > 0);
        byte[] reply = new byte[responder.MaxResponseLength];
        byte[] last = TestRequest.For(issuer, serials[^1]);
        Assert.Equal(OcspOutcome.NeedsSignature, responder.Answer(last, reply).Outcome);
        Assert.Equal(OcspOutcome.Good, (await responder.SignAsync(last, reply, TestContext.Current.CancellationToken)).Outcome); // nobody has to wait for the rest
        TestRig.WaitUntil(() => responder.GetHealth().Issuers[0].WaitingToBeSigned < waiting, "some are signed");
        Assert.True(SpinWait.SpinUntil(() => serials.All(serial => responder.Answer(TestRequest.For(issuer, serial), reply).Batch is not null), TimeSpan.FromMinutes(2)));

        Assert.Equal(OcspOutcome.Revoked, responder.Answer(TestRequest.For(issuer, serials[0]), reply).Outcome);
        foreach (string serial in serials.Where((_, i) => i % 997 == 0))
        {
            OcspAnswer answer = responder.Answer(TestRequest.For(issuer, serial), reply);
            OcspResponse response = OcspResponse.Parse(reply.AsSpan(0, answer.Length))!;
            Assert.Equal(OcspVerificationResult.Valid, OcspResponseVerifier.Verify(response, issuer, TimeProvider.System.GetUtcNow()));
        }
    }
}
