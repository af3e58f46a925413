using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using PkiCore.X509;

namespace PkiCore.Tests.X509;

public sealed class SignatureVerifierTests : IDisposable
{
    private static readonly DateTimeOffset s_start = new(2024, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly RSA _rsa = RSA.Create(2048);
    private readonly ECDsa _ecdsa = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly X509Certificate2 _issuer;

    public SignatureVerifierTests() => _issuer = new CertificateRequest("CN=Issuer", _ecdsa, HashAlgorithmName.SHA256)
        .CreateSelfSigned(s_start, s_start.AddYears(1));

    public void Dispose()
    {
        _issuer.Dispose();
        _ecdsa.Dispose();
        _rsa.Dispose();
    }

    [Fact]
    public void Issued_certificate_is_recognised()
    {
        using X509Certificate2 issued = Issue("CN=Issuer", X509SignatureGenerator.CreateForECDsa(_ecdsa));
        Assert.True(SignatureVerifier.IsIssuedBy(issued, _issuer, acceptSha1: false));
        Assert.True(SignatureVerifier.IsIssuedBy(_issuer, _issuer, acceptSha1: false));
        Assert.False(SignatureVerifier.IsIssuedBy(_issuer, issued, acceptSha1: false));
    }

    [Fact]
    public void Right_key_under_another_name_does_not_count()
    {
        using X509Certificate2 issued = Issue("CN=issuer", X509SignatureGenerator.CreateForECDsa(_ecdsa));
        Assert.False(SignatureVerifier.IsIssuedBy(issued, _issuer, acceptSha1: false));
    }

    [Fact]
    public void Right_name_with_another_key_does_not_count()
    {
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 forged = Issue("CN=Issuer", X509SignatureGenerator.CreateForECDsa(other));
        using X509Certificate2 byRsa = Issue("CN=Issuer", X509SignatureGenerator.CreateForRSA(_rsa, RSASignaturePadding.Pkcs1));
        Assert.False(SignatureVerifier.IsIssuedBy(forged, _issuer, acceptSha1: false));
        Assert.False(SignatureVerifier.IsIssuedBy(byRsa, _issuer, acceptSha1: false));
    }

    [Fact]
    public void Any_changed_octet_of_the_signature_or_its_algorithm_is_noticed()
    {
        using X509Certificate2 issued = Issue("CN=Issuer", X509SignatureGenerator.CreateForECDsa(_ecdsa));
        byte[] encoded = issued.RawData;
        int signatureLength = encoded.AsSpan().LastIndexOf(SignatureAlgorithm.EcdsaWithSha256.Encoded);
        for (int i = signatureLength; i < encoded.Length; i++)
        {
            byte[] changed = [.. encoded];
            changed[i] ^= 0x01;
            using X509Certificate2? certificate = TryLoad(changed);
            Assert.False(certificate is not null && SignatureVerifier.IsIssuedBy(certificate, _issuer, acceptSha1: true), $"octet {i}");
        }
    }

    [Fact]
    public void Sha1_counts_only_where_it_is_allowed()
    {
        using X509Certificate2 issuer = new CertificateRequest("CN=Issuer", _rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            .CreateSelfSigned(s_start, s_start.AddYears(1));
        using X509Certificate2 issued = Issue("CN=Issuer", new Sha1Generator(_rsa));
        Assert.True(SignatureVerifier.IsIssuedBy(issued, issuer, acceptSha1: true));
        Assert.False(SignatureVerifier.IsIssuedBy(issued, issuer, acceptSha1: false));
    }

    private X509Certificate2 Issue(string issuerName, X509SignatureGenerator generator) =>
        new CertificateRequest("CN=Subject", _ecdsa, HashAlgorithmName.SHA256)
            .Create(new X500DistinguishedName(issuerName), generator, s_start, s_start.AddDays(1), [1]);

    private static X509Certificate2? TryLoad(byte[] encoded)
    {
        try
        {
            return X509CertificateLoader.LoadCertificate(encoded);
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    private sealed class Sha1Generator(RSA key) : X509SignatureGenerator
    {
        public override byte[] GetSignatureAlgorithmIdentifier(HashAlgorithmName hashAlgorithm) => SignatureAlgorithm.RsaWithSha1.Encoded.ToArray();

#pragma warning disable CA5350 // Do Not Use Weak Cryptographic Algorithms: it is what has to be refused
        public override byte[] SignData(byte[] data, HashAlgorithmName hashAlgorithm) => key.SignData(data, HashAlgorithmName.SHA1, RSASignaturePadding.Pkcs1);
#pragma warning restore CA5350

        protected override PublicKey BuildPublicKey() => new(key);
    }
}
