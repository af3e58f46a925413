using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Org.BouncyCastle.Asn1;
using Org.BouncyCastle.Asn1.Ocsp;
using Org.BouncyCastle.Asn1.X509;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Operators;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Crypto.Signers;
using Org.BouncyCastle.Ocsp;
using Org.BouncyCastle.Security;
using Org.BouncyCastle.X509;
using PkiCore.Ocsp;
using PkiCore.Status;
using PkiCore.X509;
using SingleResponse = PkiCore.Ocsp.SingleResponse;

namespace PkiCore.Tests.Ocsp;

/// <summary>Responses signed with RSASSA-PSS and Ed25519.</summary>
public sealed class OcspResponseAlgorithmTests
{
    private static readonly TestAuthority s_authority = new();

    public static TheoryData<SignatureAlgorithm> PssAlgorithms() => new(SignatureAlgorithm.RsaPssWithSha256, SignatureAlgorithm.RsaPssWithSha384, SignatureAlgorithm.RsaPssWithSha512);

    [Theory]
    [InlineData("SHA256withRSAandMGF1")]
    [InlineData("SHA384withRSAandMGF1")]
    [InlineData("SHA512withRSAandMGF1")]
    public void A_PSS_response_of_BouncyCastle_is_valid(string algorithm)
    {
        var parser = new X509CertificateParser();
        Org.BouncyCastle.X509.X509Certificate responder = parser.ReadCertificate(s_authority.Responder.RawData);
        var generator = new BasicOcspRespGenerator(new RespID(responder.GetPublicKey()));
        var certId = new CertificateID(CertificateID.HashSha1, parser.ReadCertificate(s_authority.Ca.RawData), Org.BouncyCastle.Math.BigInteger.Two);
        generator.AddResponse(certId, Org.BouncyCastle.Ocsp.CertificateStatus.Good, TestAuthority.Now.AddHours(-1).UtcDateTime, TestAuthority.Now.AddDays(4).UtcDateTime, singleExtensions: null);
        var factory = new Asn1SignatureFactory(algorithm, PrivateKeyFactory.CreateKey(s_authority.ResponderKey.ExportPkcs8PrivateKey()));
        BasicOcspResp basic = generator.Generate(factory, [responder], TestAuthority.Now.UtcDateTime);

        // RFC 4055 3.1: the parameters must be present in a signature's identifier; this generator leaves them out
        Assert.Equal(OcspVerificationResult.UnsupportedAlgorithm, s_authority.Verify(Enclose(basic)));

        var parts = BasicOcspResponse.GetInstance(Asn1Object.FromByteArray(basic.GetEncoded()));
        var complete = new BasicOcspResponse(parts.TbsResponseData, (AlgorithmIdentifier)factory.AlgorithmDetails, parts.Signature, parts.Certs);
        byte[] response = Enclose(new BasicOcspResp(complete));
        Assert.Equal(OcspVerificationResult.Valid, s_authority.Verify(response));
        response[response.AsSpan().IndexOf(basic.GetSignature()) + 100] ^= 0x01;
        Assert.Equal(OcspVerificationResult.BadSignature, s_authority.Verify(response));
    }

    [Theory]
    [MemberData(nameof(PssAlgorithms))]
    public void BouncyCastle_finds_our_PSS_response_valid_and_so_do_we(SignatureAlgorithm algorithm)
    {
        ArgumentNullException.ThrowIfNull(algorithm);
        byte[] response = Respond(s_authority.Responder, algorithm, toBeSigned => s_authority.ResponderKey.SignData(toBeSigned, algorithm.Hash, RSASignaturePadding.Pss));

        Assert.Equal(OcspVerificationResult.Valid, s_authority.Verify(response));
        var basic = (BasicOcspResp)new OcspResp(response).GetResponseObject();
        AsymmetricKeyParameter key = PublicKeyFactory.CreateKey(s_authority.Responder.PublicKey.ExportSubjectPublicKeyInfo());
        var verifier = new PssSigner(new Org.BouncyCastle.Crypto.Engines.RsaBlindedEngine(), DigestUtilities.GetDigest(algorithm.Hash.Name), algorithm.Encoded[^1]);
        verifier.Init(forSigning: false, key);
        byte[] toBeSigned = basic.GetTbsResponseData();
        verifier.BlockUpdate(toBeSigned, 0, toBeSigned.Length);
        Assert.True(verifier.VerifySignature(basic.GetSignature()));
    }

    [Fact]
    public void A_response_whose_algorithm_is_swapped_for_PSS_is_not_valid()
    {
        byte[] response = Respond(
            s_authority.Responder, SignatureAlgorithm.RsaPssWithSha256, toBeSigned => s_authority.ResponderKey.SignData(toBeSigned, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));

        Assert.Equal(OcspVerificationResult.BadSignature, s_authority.Verify(response));
    }

    [Fact]
    public void An_Ed25519_responder_is_verified()
    {
        var key = new Ed25519PrivateKeyParameters(new SecureRandom());
        byte[] publicKey = key.GeneratePublicKey().GetEncoded();
        using X509Certificate2 responder = IssueEd25519(publicKey);

        byte[] response = Respond(responder, SignatureAlgorithm.Ed25519, toBeSigned => Sign(key, toBeSigned));
        byte[] forged = Respond(responder, SignatureAlgorithm.Ed25519, toBeSigned => Sign(new Ed25519PrivateKeyParameters(new SecureRandom()), toBeSigned));

        Assert.Equal(OcspVerificationResult.Valid, s_authority.Verify(response));
        Assert.Equal(OcspVerificationResult.BadSignature, s_authority.Verify(forged));
    }

    private static byte[] Enclose(BasicOcspResp basic) => new OCSPRespGenerator().Generate(OcspRespStatus.Successful, basic).GetEncoded();

    private static byte[] Respond(X509Certificate2 responder, SignatureAlgorithm algorithm, Func<byte[], byte[]> sign)
    {
        var template = new OcspResponseTemplate(
            ResponderId.Encode(ResponderIdKind.ByKey, responder), TestAuthority.Now, TestAuthority.Now.AddHours(-1), TestAuthority.Now.AddDays(4), algorithm, OcspResponseTemplate.EncodeCertificates(responder));
        var single = new SingleResponse(s_authority.Prefix(), [0x2A], PkiCore.Status.CertificateStatus.Good);
        byte[] buffer = new byte[8192];
        int length = template.WriteToBeSigned(buffer, single);
        byte[] signature = sign(buffer[..length]);
        return buffer[..template.Write(buffer, single, signature)];
    }

    private static byte[] Sign(Ed25519PrivateKeyParameters key, byte[] message)
    {
        var signer = new Ed25519Signer();
        signer.Init(forSigning: true, key);
        signer.BlockUpdate(message, 0, message.Length);
        return signer.GenerateSignature();
    }

    private static X509Certificate2 IssueEd25519(byte[] publicKey)
    {
        // RFC 8410 4
        PublicKey key = PublicKey.CreateFromSubjectPublicKeyInfo([0x30, 42, 0x30, 5, 6, 3, 0x2B, 0x65, 0x70, 3, 33, 0, .. publicKey], out _);
        var request = new CertificateRequest(new X500DistinguishedName("CN=Ed25519 responder"), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.9")], critical: false));
        return request.Create(
            s_authority.Ca.SubjectName, X509SignatureGenerator.CreateForECDsa(s_authority.CaKey), TestAuthority.Now.AddDays(-1), TestAuthority.Now.AddDays(30), [0x43]);
    }
}
