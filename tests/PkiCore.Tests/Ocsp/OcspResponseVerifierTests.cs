using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using PkiCore.Ocsp;
using PkiCore.Status;
using PkiCore.X509;

namespace PkiCore.Tests.Ocsp;

public sealed class OcspResponseVerifierTests
{
    private static readonly TestAuthority s_authority = new();

    [Theory]
    [Requirement("RS-6", "RS-15")]
    [InlineData(ResponderIdKind.ByKey)]
    [InlineData(ResponderIdKind.ByName)]
    public void Delegated_signer_is_authorized_by_its_certificate(ResponderIdKind kind) =>
        Assert.Equal(OcspVerificationResult.Valid, s_authority.Verify(s_authority.Respond(s_authority.Template(kind), CertificateStatus.Good)));

    [Theory]
    [Requirement("RS-15", "T-29")]
    [InlineData(ResponderIdKind.ByKey)]
    [InlineData(ResponderIdKind.ByName)]
    public void Issuer_signs_itself_without_certificates(ResponderIdKind kind)
    {
        byte[] response = RespondByCa(kind);
        Assert.Equal(OcspVerificationResult.Valid, s_authority.Verify(response));
        Assert.Empty(OcspResponse.Parse(response)!.Certificates);
    }

    [Fact]
    [Requirement("RS-15")]
    public void Signer_without_OCSP_signing_usage_is_not_authorized()
    {
        Assert.Equal(OcspVerificationResult.ResponderNotAuthorized, VerifyBy(s_authority.IssueResponder(usage: "")));
        Assert.Equal(OcspVerificationResult.ResponderNotAuthorized, VerifyBy(s_authority.IssueResponder(usage: "1.3.6.1.5.5.7.3.1")));
        // anyExtendedKeyUsage is no delegation: RFC 6960 4.2.2.2 asks for id-kp-OCSPSigning itself
        Assert.Equal(OcspVerificationResult.ResponderNotAuthorized, VerifyBy(s_authority.IssueResponder(usage: "2.5.29.37.0")));
    }

    [Fact]
    [Requirement("RS-15")]
    public void Signer_with_a_forged_certificate_is_not_authorized()
    {
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        Assert.Equal(OcspVerificationResult.ResponderNotAuthorized, VerifyBy(s_authority.IssueResponder(caKey: other)));
    }

    [Fact]
    public void Signer_is_valid_from_its_first_to_its_last_second()
    {
        X509Certificate2 certificate = s_authority.IssueResponder(notBefore: TestAuthority.Now.AddSeconds(-1), notAfter: TestAuthority.Now.AddSeconds(1));
        Assert.Equal(OcspVerificationResult.ResponderNotValid, VerifyBy(certificate, TestAuthority.Now.AddSeconds(-2)));
        Assert.Equal(OcspVerificationResult.Valid, VerifyBy(certificate, TestAuthority.Now.AddSeconds(-1)));
        Assert.Equal(OcspVerificationResult.Valid, VerifyBy(certificate, TestAuthority.Now.AddSeconds(1)));
        Assert.Equal(OcspVerificationResult.ResponderNotValid, VerifyBy(certificate, TestAuthority.Now.AddSeconds(2)));
    }

    [Fact]
    [Requirement("RS-15", "OR-6", "T-30")]
    public void Response_of_another_CA_of_the_same_name_is_not_ours()
    {
        using var other = new TestAuthority();
        byte[] response = other.Respond(other.Template(), CertificateStatus.Good);
        Assert.Equal(OcspVerificationResult.Valid, other.Verify(response));
        Assert.Equal(OcspVerificationResult.OtherIssuer, s_authority.Verify(response));

        // about our certificate, but signed under the other CA's authority
        byte[] forged = other.Respond(other.Template(), new SingleResponse(s_authority.Prefix(), [0x2A], CertificateStatus.Good));
        Assert.Equal(OcspVerificationResult.ResponderNotAuthorized, s_authority.Verify(forged));
    }

    [Theory]
    [InlineData("20220531235959", 0, OcspVerificationResult.Valid)]
    [InlineData("20220601000000", 0, OcspVerificationResult.UnsupportedAlgorithm)]
    [InlineData("20220531235959", 1, OcspVerificationResult.UnsupportedAlgorithm)] // whoever forges can date back
    [Requirement("BR-11")]
    public void Sha1_signature_counts_only_until_June_2022(string producedAt, int hoursLater, OcspVerificationResult expected)
    {
        var time = DateTimeOffset.ParseExact(producedAt, "yyyyMMddHHmmss", null, System.Globalization.DateTimeStyles.AssumeUniversal);
        X509Certificate2 certificate = s_authority.IssueResponder(notBefore: time.AddDays(-1));
        var template = new OcspResponseTemplate(
            ResponderId.Encode(ResponderIdKind.ByKey, certificate), time, time, time.AddDays(1), SignatureAlgorithm.RsaWithSha1, OcspResponseTemplate.EncodeCertificates(certificate));
        byte[] buffer = new byte[8192];
        var single = new SingleResponse(s_authority.Prefix(), [0x2A], CertificateStatus.Good);
        int length = template.WriteToBeSigned(buffer, single);
#pragma warning disable CA5350 // Do Not Use Weak Cryptographic Algorithms: it is what has to be refused
        byte[] signature = s_authority.ResponderKey.SignData(buffer.AsSpan(0, length), HashAlgorithmName.SHA1, RSASignaturePadding.Pkcs1);
#pragma warning restore CA5350
        Assert.Equal(expected, s_authority.Verify(buffer[..template.Write(buffer, single, signature)], time.AddHours(hoursLater)));
    }

    [Fact]
    public void Times_bound_validity_with_five_minutes_of_skew_at_the_start_only()
    {
        byte[] response = s_authority.Respond(s_authority.Template(), CertificateStatus.Good);
        DateTimeOffset thisUpdate = TestAuthority.Now.AddHours(-1);
        DateTimeOffset nextUpdate = TestAuthority.Now.AddDays(4);
        Assert.Equal(OcspVerificationResult.NotYetValid, s_authority.Verify(response, thisUpdate.AddSeconds(-301)));
        Assert.Equal(OcspVerificationResult.Valid, s_authority.Verify(response, thisUpdate.AddSeconds(-300)));
        Assert.Equal(OcspVerificationResult.Valid, s_authority.Verify(response, nextUpdate.AddSeconds(-1)));
        Assert.Equal(OcspVerificationResult.Expired, s_authority.Verify(response, nextUpdate));
    }

    [Fact]
    public void Every_changed_byte_makes_a_delegated_response_invalid() =>
        AssertTamperProof(s_authority.Respond(s_authority.Template(), new CertificateStatus(TestAuthority.Now.AddDays(-2), X509RevocationReason.KeyCompromise)));

    [Fact]
    public void Every_changed_byte_makes_a_response_by_name_invalid() =>
        AssertTamperProof(s_authority.Respond(s_authority.Template(ResponderIdKind.ByName), CertificateStatus.Good));

    [Fact]
    public void Every_changed_byte_makes_the_issuers_own_response_invalid() => AssertTamperProof(RespondByCa(ResponderIdKind.ByKey));

    private void AssertTamperProof(byte[] response)
    {
        Assert.Equal(OcspVerificationResult.Valid, s_authority.Verify(response));
        for (int i = 0; i < response.Length; i++)
        {
            foreach (byte mask in (byte[])[0x01, 0x20, 0xFF])
            {
                byte[] changed = [.. response];
                changed[i] ^= mask;
                OcspResponse? parsed = OcspResponse.Parse(changed);
                Assert.False(
                    parsed is not null && OcspResponseVerifier.Verify(parsed, s_authority.Issuer, TestAuthority.Now) == OcspVerificationResult.Valid,
                    $"octet {i} of {Convert.ToHexString(response)} changed by {mask:X2}");
            }
        }

        for (int length = 0; length < response.Length; length++)
        {
            Assert.Null(OcspResponse.Parse(response.AsSpan(0, length)));
        }

        Assert.Null(OcspResponse.Parse([.. response, 0]));
    }

    private OcspVerificationResult VerifyBy(X509Certificate2 certificate, DateTimeOffset? time = null) => s_authority.Verify(
        s_authority.Respond(
            new OcspResponseTemplate(
                ResponderId.Encode(ResponderIdKind.ByKey, certificate),
                TestAuthority.Now.AddMinutes(-1),
                TestAuthority.Now.AddHours(-1),
                TestAuthority.Now.AddDays(4),
                SignatureAlgorithm.RsaWithSha256,
                OcspResponseTemplate.EncodeCertificates(certificate)),
            CertificateStatus.Good),
        time);

    private byte[] RespondByCa(ResponderIdKind kind)
    {
        var template = new OcspResponseTemplate(
            ResponderId.Encode(kind, s_authority.Ca),
            TestAuthority.Now,
            TestAuthority.Now,
            TestAuthority.Now.AddDays(1),
            SignatureAlgorithm.EcdsaWithSha256,
            []);
        byte[] buffer = new byte[4096];
        var single = new SingleResponse(s_authority.Prefix(CertIdHash.Sha1), [0x2A], CertificateStatus.Good);
        int length = template.WriteToBeSigned(buffer, single);
        byte[] signature = s_authority.CaKey.SignData(buffer.AsSpan(0, length), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
        return buffer[..template.Write(buffer, single, signature)];
    }
}
