using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Org.BouncyCastle.Asn1.X509;
using Org.BouncyCastle.Crypto.Operators;
using Org.BouncyCastle.Security;
using PkiCore.Asn1;
using PkiCore.X509;

namespace PkiCore.Tests.X509;

/// <summary>Algorithm identifiers and signatures in certificates that OpenSSL makes, and as BouncyCastle encodes them.</summary>
public sealed class OpenSslCertificateTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    [Theory]
    [Requirement("T-22")]
    [InlineData("RSASSA-PSS-SHA256", "rsa:2048 -sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:digest")]
    [InlineData("RSASSA-PSS-SHA384", "rsa:2048 -sha384 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:digest")]
    [InlineData("RSASSA-PSS-SHA512", "rsa:2048 -sha512 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:digest")]
    [InlineData("Ed25519", "ed25519")]
    [InlineData(null, "rsa:2048 -sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:20")]
    [InlineData(null, "rsa:2048 -sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:digest -sigopt rsa_mgf1_md:sha384")]
    [InlineData(null, "ed448")]
    public async Task A_self_signed_certificate_verifies_if_its_algorithm_is_known(string? algorithm, string newKey)
    {
        ArgumentNullException.ThrowIfNull(newKey);
        using var directory = new TemporaryDirectory();
        await ToolProcess.RunCheckedAsync(
            RequiredTool.OpenSsl,
            ["req", "-x509", "-nodes", "-subj", "/CN=Self", "-days", "9", "-keyout", directory.File("key"), "-out", directory.File("certificate"), "-newkey", .. newKey.Split(' ')],
            s_patience,
            TestContext.Current.CancellationToken);
        using X509Certificate2 certificate = X509CertificateLoader.LoadCertificateFromFile(directory.File("certificate"));

        Assert.Equal(algorithm, SignatureAlgorithm.Find(ReadAlgorithm(certificate))?.Name);
        Assert.Equal(algorithm is not null, SignatureVerifier.IsIssuedBy(certificate, certificate, acceptSha1: false));
    }

    [Theory]
    [InlineData("SHA256withRSAandMGF1", "RSASSA-PSS-SHA256")]
    [InlineData("SHA384withRSAandMGF1", "RSASSA-PSS-SHA384")]
    [InlineData("SHA512withRSAandMGF1", "RSASSA-PSS-SHA512")]
    public void BouncyCastle_encodes_PSS_the_same_way(string theirs, string ours)
    {
        using var rsa = RSA.Create(2048);
        var factory = new Asn1SignatureFactory(theirs, PrivateKeyFactory.CreateKey(rsa.ExportPkcs8PrivateKey()));
        byte[] encoded = ((AlgorithmIdentifier)factory.AlgorithmDetails).GetDerEncoded();

        Assert.Equal(ours, SignatureAlgorithm.Find(encoded)?.Name);
    }

    private static byte[] ReadAlgorithm(X509Certificate2 certificate)
    {
        var outer = new DerReader(certificate.RawDataMemory.Span);
        Assert.True(outer.TryReadSequence(out DerReader fields)
            & fields.TryReadEncoded(DerTag.Sequence, out _)
            & fields.TryReadEncoded(DerTag.Sequence, out ReadOnlySpan<byte> algorithm));
        return algorithm.ToArray();
    }
}
