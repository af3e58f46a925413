using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using PkiCore.Serving;
using PkiCore.Signing;
using PkiCore.Status;
using PkiCore.X509;
using static PkiCore.Tests.Serving.TestRig;

namespace PkiCore.Tests.Serving;

public sealed class ResponseLengthTests
{
    [Fact]
    public async Task The_longest_reply_that_can_be_asked_for_fits()
    {
        const int count = 40;
        var options = new OcspResponderOptions { MaxCertificatesPerRequest = count, Nonce = NoncePolicy.Sign, UnknownSerial = UnknownSerialPolicy.ExtendedRevoked };
        await using var rig = new TestRig(options);
        using DotNetSigner signer = rig.Authority.CreateSigner(key: RSA.Create(4096));
        rig.Responder.SetSigner(rig.Authority.Issuer, signer);
        var status = new CertificateStatus(rig.Now.AddDays(-1), X509RevocationReason.KeyCompromise, rig.Now.AddDays(-2));
        StatusChange[] revoked = [.. Enumerable.Range(0, count - 1).Select(i => Revoked(Serial(i)) with { Status = status })];
        await StartAsync(rig, revoked);
        var request = new TestRequest().WithNonce(new byte[128]);
        for (int i = 0; i < count; i++)
        {
            request.Add(rig.Authority.Issuer, Serial(i), CertIdHash.Sha512);
        }

        Reply reply = await rig.AskAsync(request.Encode());

        Assert.Equal(OcspOutcome.Several, reply.Outcome);
        Assert.Equal(count, reply.Response.Responses.Count);
        Assert.True(reply.Response.HasExtendedRevoke);
        Assert.InRange(reply.Bytes.Length, 10_000, rig.Responder.MaxResponseLength);
    }

    [Fact]
    public void A_certificate_so_long_that_replies_would_not_fit_is_refused()
    {
        using var authority = new TestAuthority();
        var terms = new ResponderTerms();
        terms = terms with { Extensions = [.. terms.Extensions, new X509Extension("1.2.3.4", new byte[12_000], critical: false)] };
        using DotNetSigner signer = authority.CreateSigner(terms);

        var refusal = Assert.Throws<SigningException>(() => ResponderIdentity.Create(authority.Issuer, signer, new OcspResponderOptions(), new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero)));

        Assert.Contains("certificate so long", refusal.Message, StringComparison.Ordinal);
    }

    private static string Serial(int i) => "FF" + i.ToString("X38", null);
}
