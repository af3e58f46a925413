using System.Security.Cryptography.X509Certificates;
using Org.BouncyCastle.Ocsp;
using Org.BouncyCastle.Security;
using Org.BouncyCastle.X509;
using PkiCore.X509;
using BcNumber = Org.BouncyCastle.Math.BigInteger;

namespace PkiCore.Tests.X509;

public sealed class IssuerTests
{
    private const string RsaCa = "rustcrypto-x509-ocsp/rsa-2048-sha256-ca.der";

    public static TheoryData<string> Certificates() =>
    [
        RsaCa,
        "go-x-crypto-ocsp/GTSRoot.pem",
        "rfc-examples/rfc5019bis-12_appendixB_1_CERTIFICATE.pem",
        "botan/serial_numbers/ca.pem",
        // BouncyCastle refuses the made-up moduli of WKIC (wrong key in issuer certificate).
        .. Vectors.Files("openssl-ocsp-tests", "*_Issuer_*.pem").Where(name => !name.Contains("WKIC", StringComparison.Ordinal)),
    ];

    [Theory]
    [Requirement("OR-5", "T-10")]
    [MemberData(nameof(Certificates))]
    public void Hashes_are_those_that_BouncyCastle_puts_in_a_CertID(string name)
    {
        Org.BouncyCastle.X509.X509Certificate certificate = new X509CertificateParser().ReadCertificate(Vectors.Bytes(name));
        var issuer = Issuer.FromPemFile(Vectors.PathOf(name));
        foreach ((CertIdHash hash, string oid) in (ReadOnlySpan<(CertIdHash, string)>)
        [
            (CertIdHash.Sha1, CertificateID.HashSha1),
            (CertIdHash.Sha256, "2.16.840.1.101.3.4.2.1"),
            (CertIdHash.Sha224, "2.16.840.1.101.3.4.2.4"),
            (CertIdHash.Sha384, "2.16.840.1.101.3.4.2.2"),
            (CertIdHash.Sha512, "2.16.840.1.101.3.4.2.3"),
        ])
        {
            var expected = new CertificateID(oid, certificate, BcNumber.One);
            Assert.Equal(expected.GetIssuerNameHash(), issuer.GetNameHash(hash).ToArray());
            Assert.Equal(expected.GetIssuerKeyHash(), issuer.GetKeyHash(hash).ToArray());
        }
    }

    [Theory]
    [Requirement("OR-5", "OR-7")]
    [InlineData("sha1-certid-ocsp-req.der", CertIdHash.Sha1)]
    [InlineData("sha224-certid-ocsp-req.der", CertIdHash.Sha224)]
    [InlineData("sha256-certid-ocsp-req.der", CertIdHash.Sha256)]
    [InlineData("sha384-certid-ocsp-req.der", CertIdHash.Sha384)]
    [InlineData("sha512-certid-ocsp-req.der", CertIdHash.Sha512)]
    public void Certificate_matches_the_CertID_that_others_made_for_it(string request, CertIdHash hash)
    {
        var issuer = Issuer.FromPemFile(Vectors.PathOf(RsaCa));
        Req single = Assert.Single(new OcspReq(Vectors.Bytes("rustcrypto-x509-ocsp/" + request)).GetRequestList());
        Assert.True(issuer.Matches(hash, single.GetCertID().GetIssuerNameHash(), single.GetCertID().GetIssuerKeyHash()));
    }

    [Fact]
    [Requirement("T-10")]
    public void Key_hash_is_not_that_of_the_whole_SubjectPublicKeyInfo()
    {
        var issuer = Issuer.FromPemFile(Vectors.PathOf(RsaCa));
        byte[] info = issuer.Certificate.PublicKey.ExportSubjectPublicKeyInfo();
        Assert.NotEqual(DigestUtilities.CalculateDigest("SHA-1", info), issuer.GetKeyHash(CertIdHash.Sha1).ToArray());

        // RFC 5280 4.2.1.2 (1): the usual subjectKeyIdentifier is the same SHA-1 over the same bits
        X509SubjectKeyIdentifierExtension identifier = Assert.Single(issuer.Certificate.Extensions.OfType<X509SubjectKeyIdentifierExtension>());
        Assert.Equal(identifier.SubjectKeyIdentifierBytes.ToArray(), issuer.GetKeyHash(CertIdHash.Sha1).ToArray());
    }

    [Fact]
    [Requirement("T-10")]
    public void Name_hash_is_over_the_bytes_in_the_certificate_whatever_their_string_types()
    {
        // the same name as PrintableString and as UTF8String: equal to people, different in DER and so in hash
        byte[] printable = Convert.FromHexString("300C310A300806035504031301" + "41");
        byte[] utf8 = Convert.FromHexString("300C310A30080603550403" + "0C01" + "41");
        Assert.NotEqual(SelfSigned(printable).GetNameHash(CertIdHash.Sha1).ToArray(), SelfSigned(utf8).GetNameHash(CertIdHash.Sha1).ToArray());
        foreach (byte[] name in (byte[][])[printable, utf8])
        {
            Assert.Equal(DigestUtilities.CalculateDigest("SHA-256", name), SelfSigned(name).GetNameHash(CertIdHash.Sha256).ToArray());
        }
    }

    [Fact]
    [Requirement("OR-6", "T-30")]
    public void Name_alone_and_key_alone_do_not_match()
    {
        byte[] name = Convert.FromHexString("300C310A30080603550403130141");
        Issuer one = SelfSigned(name);
        Issuer other = SelfSigned(name);
        foreach (CertIdHash hash in Enum.GetValues<CertIdHash>())
        {
            byte[] nameHash = one.GetNameHash(hash).ToArray();
            byte[] keyHash = one.GetKeyHash(hash).ToArray();
            Assert.True(one.Matches(hash, nameHash, keyHash));
            Assert.False(other.Matches(hash, nameHash, keyHash));
            Assert.False(one.Matches(hash, keyHash, keyHash));
            Assert.False(one.Matches(hash, nameHash.AsSpan(1), keyHash));
            Assert.False(one.Matches(hash, nameHash, keyHash.AsSpan(1)));
            Assert.False(one.Matches(hash, [], []));
        }

        Assert.False(one.Matches(CertIdHash.Sha1, one.GetNameHash(CertIdHash.Sha256), one.GetKeyHash(CertIdHash.Sha256)));
    }

    [Fact]
    public void File_without_certificate_is_named_in_the_error()
    {
        using var directory = new TemporaryDirectory();
        string path = directory.File("not-a-certificate.pem");
        File.WriteAllText(path, "nothing");
        Assert.Contains(path, Assert.ThrowsAny<System.Security.Cryptography.CryptographicException>(() => Issuer.FromPemFile(path)).Message, StringComparison.Ordinal);
    }

    private static Issuer SelfSigned(byte[] name)
    {
        using var key = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(new X500DistinguishedName(name), key, System.Security.Cryptography.HashAlgorithmName.SHA256);
        return Issuer.FromCertificate(request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100)));
    }
}
