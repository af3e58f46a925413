using PkiCore.Ocsp;
using PkiCore.Responder.Demo;
using PkiCore.Serving;
using PkiCore.Signing;
using PkiCore.Status;
using PkiCore.X509;

namespace PkiCore.Tests.Serving;

public sealed class OcspResponderTests
{
    [Fact]
    public async Task Answers_a_listed_certificate_as_good_in_ten_lines()
    {
        using var directory = new TemporaryDirectory();
        DemoCa ca = DemoCa.Create(directory.File("ca"), new DemoCaOptions(), TimeProvider.System);
        byte[] request = await MakeRequestAsync(ca.CaPath, ca.GoodPath, directory.File("req.der"));

        var issuer = Issuer.FromPemFile(ca.CaPath);
        using ISigner signer = SoftwareSigner.FromPemFiles(ca.ResponderPath, ca.ResponderKeyPath);
        await using var responder = new OcspResponder(new OcspResponderOptions { Validity = TimeSpan.FromDays(4) });
        responder.AddIssuer(issuer, signer, new OpenSslIndexSource(ca.IndexPath));
        await responder.StartAsync(TestContext.Current.CancellationToken);

        var reply = new byte[responder.MaxResponseLength];
        OcspAnswer answer = responder.Answer(request, reply);
        if (answer.Outcome == OcspOutcome.NeedsSignature)
        {
            answer = await responder.SignAsync(request, reply, TestContext.Current.CancellationToken);
        }

        Assert.Equal(OcspOutcome.Good, answer.Outcome);
        OcspResponse? response = OcspResponse.Parse(reply.AsSpan(0, answer.Length));
        Assert.NotNull(response);
        Assert.Equal(OcspVerificationResult.Valid, OcspResponseVerifier.Verify(response, issuer, TimeProvider.System.GetUtcNow()));
    }

    private static async Task<byte[]> MakeRequestAsync(string ca, string certificate, string output)
    {
        await ToolProcess.RunCheckedAsync(RequiredTool.OpenSsl, ["ocsp", "-issuer", ca, "-cert", certificate, "-no_nonce", "-reqout", output], TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        return await File.ReadAllBytesAsync(output, TestContext.Current.CancellationToken);
    }
}
