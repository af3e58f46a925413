using PkiCore.LoadTest.Injection;
using PkiCore.Ocsp;
using PkiCore.Status;
using PkiCore.Tests.Ocsp;
using PkiCore.X509;

namespace PkiCore.Tests.LoadTest;

public sealed class AnswerVerifierTests : IDisposable
{
    private readonly TestAuthority _authority = new();

    public void Dispose() => _authority.Dispose();

    [Fact]
    public void Right_answer_has_no_fault() => Assert.Null(FindFault(Respond()));

    [Fact]
    public void Answer_about_another_certificate_is_found() => Assert.Equal("other serial number", FindFault(Respond("2B")));

    [Fact]
    public void Answer_by_another_hash_is_found() => Assert.Equal("other CertID hash", FindFault(Respond(), hash: CertIdHash.Sha1));

    [Fact]
    public void Changed_answer_is_found()
    {
        byte[] response = Respond();
        OcspResponse parsed = OcspResponse.Parse(response)!;
        int signature = response.AsSpan().IndexOf(parsed.Signature.Span);
        response[signature + 20] ^= 1;

        Assert.Equal("BadSignature", FindFault(response));
    }

    [Fact]
    public void Expired_answer_is_found() => Assert.Equal("Expired", FindFault(Respond(), TestAuthority.Now.AddDays(5)));

    [Fact]
    public void What_is_no_response_is_found() => Assert.Equal("not well-formed", FindFault([0x30, 0x03, 0x0A, 0x01, 0x00]));

    [Fact]
    public void Answers_are_verified_beside_and_faults_counted_by_kind()
    {
        using var verifier = new AnswerVerifier(_authority.Issuer, CertIdHash.Sha256, new ManualTimeProvider(TestAuthority.Now));
        byte[] right = Respond();
        byte[] wrong = Respond("2B");
        for (int i = 0; i < 10; i++)
        {
            verifier.Add(i < 7 ? right : wrong, Serial("2A"));
        }

        verifier.Finish();

        Assert.Equal((10L, 0L), (verifier.Verified, verifier.Skipped));
        Assert.Equal(new KeyValuePair<string, long>("other serial number", 3), Assert.Single(verifier.Faults));
    }

    private static SerialNumber Serial(string hex) => SerialNumber.TryParse(hex, out SerialNumber serial) ? serial : throw new FormatException(hex);

    private byte[] Respond(string serial = "2A") => _authority.Respond(_authority.Template(), default(CertificateStatus), serial);

    private string? FindFault(byte[] response, DateTimeOffset? time = null, CertIdHash hash = CertIdHash.Sha256) =>
        AnswerVerifier.FindFault(response, _authority.Issuer, hash, Serial("2A"), time ?? TestAuthority.Now);
}
