using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Org.BouncyCastle.Asn1.X509;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Generators;
using Org.BouncyCastle.Crypto.Operators;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Crypto.Signers;
using Org.BouncyCastle.Math;
using Org.BouncyCastle.Security;
using Org.BouncyCastle.X509;
using PkiCore.Asn1;
using PkiCore.Crl;
using PkiCore.Tests.Asn1;
using PkiCore.X509;

namespace PkiCore.Tests.Crl;

public sealed class CrlReaderVerifyTests
{
    /// <summary>The only CRL of PKITS that does not even parse.</summary>
    private const string Malformed = "nist-pkits/crls/BadCRLSignatureCACRL.crl";

    /// <summary>CRLs whose issuer's name is not, byte for byte, that of a certificate.</summary>
    private static readonly string[] s_nameless = ["BadCRLIssuerName", "RolloverfromPrintableString", "TwoCRLsCABad"];

    public static TheoryData<string> PkitsCrls => [.. Vectors.Files("nist-pkits/crls").Where(name => name != Malformed)];

    private static readonly Lazy<X509Certificate2[]> s_pkitsCertificates =
        new(() => [.. Vectors.Files("nist-pkits/certs").Select(name => X509CertificateLoader.LoadCertificate(Vectors.Bytes(name)))]);

    private static readonly Lazy<AsymmetricCipherKeyPair> s_rsaKey = new(GenerateRsa);

    [Theory]
    [MemberData(nameof(PkitsCrls))]
    public void Certificates_by_which_a_PKITS_CRL_verifies_are_those_by_which_BouncyCastle_does(string name)
    {
        byte[] encoded = Vectors.Bytes(name);
        var expected = new X509CrlParser().ReadCrl(encoded);
        byte[] issuer = expected.IssuerDN.GetDerEncoded();
        using CrlReader reader = CrlReader.Open(Vectors.PathOf(name));
        int named = 0;
        foreach (X509Certificate2 certificate in s_pkitsCertificates.Value)
        {
            bool isNamed = certificate.SubjectName.RawData.AsSpan().SequenceEqual(issuer);
            named += isNamed ? 1 : 0;
            Assert.Equal(isNamed && MaySign(certificate) && !IsDsa(certificate) && IsSignedBy(expected, certificate), reader.Verify(certificate));
        }

        Assert.True(named > 0 || s_nameless.Any(part => name.Contains(part, StringComparison.Ordinal)), name);
    }

    [Fact]
    public void Most_PKITS_CRLs_verify()
    {
        string[] unverified = [.. PkitsCrls.Select(row => row.Data).Where(name => !s_pkitsCertificates.Value.Any(certificate => Verify(name, certificate))).Select(name => name["nist-pkits/crls/".Length..])];
        Assert.Equal(
            [
                "BadCRLIssuerNameCACRL.crl", // issued under another name
                "DSACACRL.crl", // an algorithm that is not known here
                "DSAParametersInheritedCACRL.crl",
                "RolloverfromPrintableStringtoUTF8StringCACRL.crl", // the name is the certificate's in another string type: names are compared by their bytes
                "TwoCRLsCABadCRL.crl", // issued under another name
                "keyUsageCriticalcRLSignFalseCACRL.crl", // the key usage does not allow it
                "keyUsageNotCriticalcRLSignFalseCACRL.crl",
            ],
            unverified);
    }

    [Theory]
    [InlineData("invaliditydate.crl")]
    [InlineData("no-crlnumber.crl")]
    [InlineData("no-extensions.crl")]
    [InlineData("no-revoked-certs.crl")]
    [InlineData("revoked-certs.crl")]
    public void Xipki_CRL_verifies_by_its_CA_only(string name)
    {
        using X509Certificate2 issuer = X509CertificateLoader.LoadCertificate(Vectors.Bytes("xipki-crls/ca.crt"));
        Assert.True(Verify("xipki-crls/" + name, issuer));
        Assert.False(Verify("xipki-crls/" + name, s_pkitsCertificates.Value[0]));
    }

    [Fact]
    public void SHA1_MD5_and_unknown_algorithms_do_not_verify_whoever_signed()
    {
        using X509Certificate2 issuer = X509CertificateLoader.LoadCertificate(Vectors.Bytes("xipki-crls/ca.crt"));
        string[] names = ["crl-rsa-pss-sha1-badsign.pem", "crl-rsa-pss-sha1.pem", "crl-ec-sha1.pem", "parse_input/crl_md5.pem", "parse_input/crl_sha1.pem"];
        Assert.All(names, name => Assert.False(Verify("mbedtls-crls/" + name, issuer)));
    }

    [Theory]
    [InlineData("SHA256withRSA", false)]
    [InlineData("SHA384withRSA", false)]
    [InlineData("SHA1withRSA", true)]
    public void Signature_of_an_RSA_key_is_checked_and_SHA1_does_not_count(string algorithm, bool isWeak)
    {
        CheckSigned(s_rsaKey.Value, algorithm, verifies: !isWeak);
    }

    [Fact]
    public void Signature_of_an_Ed25519_key_is_checked_over_the_whole_list()
    {
        const string Algorithm = "30(06 03 2B6570)";
        var key = new Ed25519PrivateKeyParameters(new SecureRandom());
        string validity = "30(17 0D 3235303130313030303030305A 17 0D 3335303130313030303030305A)";
        string publicKey = $"30({Algorithm} 03(00 {Convert.ToHexString(key.GeneratePublicKey().GetEncoded())}))";
        using X509Certificate2 issuer = X509CertificateLoader.LoadCertificate(
            DerText.Parse($"30(30(020101 {Algorithm} {CrlText.OnlyIssuer} {validity} {CrlText.OnlyIssuer} {publicKey}) {Algorithm} 03(0000))"));

        var text = new CrlText { Algorithm = Algorithm, OuterAlgorithm = Algorithm };
        var outer = new DerReader(text.Encode());
        Assert.True(outer.TryReadSequence(out DerReader fields));
        Assert.True(fields.TryReadEncoded(out ReadOnlySpan<byte> signed));
        var signer = new Ed25519Signer();
        signer.Init(forSigning: true, key);
        signer.BlockUpdate(signed.ToArray(), 0, signed.Length);
        byte[] encoded = (text with { Signature = $"03(00 {Convert.ToHexString(signer.GenerateSignature())})" }).Encode();
        Assert.True(IsVerified(encoded, issuer));
        encoded[^1] ^= 1;
        Assert.False(IsVerified(encoded, issuer));
    }

    [Fact]
    public void Any_changed_octet_of_a_signed_list_breaks_it()
    {
        AsymmetricCipherKeyPair key = s_rsaKey.Value;
        using X509Certificate2 issuer = Certify(key, "SHA256withRSA", KeyUsage.CrlSign);
        byte[] encoded = Sign(key, "SHA256withRSA", entries: 1);
        for (int i = 0; i < encoded.Length - 300; i++)
        {
            byte[] changed = [.. encoded];
            changed[i] ^= 1;
            Assert.False(IsVerified(changed, issuer), $"byte {i}");
        }
    }

    [Theory]
    [InlineData(KeyUsage.CrlSign, true)]
    [InlineData(KeyUsage.CrlSign | KeyUsage.KeyCertSign, true)]
    [InlineData(KeyUsage.KeyCertSign, false)]
    [InlineData(0, true)] // none at all
    public void Key_usage_has_to_allow_it(int usage, bool verifies)
    {
        AsymmetricCipherKeyPair key = s_rsaKey.Value;
        using X509Certificate2 issuer = Certify(key, "SHA256withRSA", usage);
        Assert.Equal(verifies, IsVerified(Sign(key, "SHA256withRSA", entries: 1), issuer));
    }

    [Fact]
    public void Verify_gives_the_same_answer_before_amid_and_after_reading()
    {
        AsymmetricCipherKeyPair key = s_rsaKey.Value;
        using X509Certificate2 issuer = Certify(key, "SHA256withRSA", KeyUsage.CrlSign);
        byte[] encoded = Sign(key, "SHA256withRSA", entries: 20_000); // more than the buffer holds
        foreach (int read in new[] { 0, 7000, 20_000 })
        {
            using var reader = new CrlReader(new MemoryStream(encoded));
            for (int i = 0; i < read; i++)
            {
                Assert.True(reader.TryRead(out _));
            }

            Assert.True(reader.Verify(issuer));
            Assert.True(reader.Verify(issuer));
            Assert.Equal(20_000, reader.EntryCount);
            Assert.False(reader.TryRead(out _));
        }
    }

    [Fact]
    public void Ed25519_over_64_MiB_is_read_and_not_verified()
    {
        using X509Certificate2 issuer = X509CertificateLoader.LoadCertificate(Vectors.Bytes("xipki-crls/ca.crt"));
        byte[] name = issuer.SubjectName.RawData;
        using var stream = new GeneratedCrl(entryLength: 60_000, count: 1_200, Convert.ToHexString(name), algorithm: "30(06 03 2B6570)");
        using var reader = new CrlReader(stream);
        Assert.Same(PkiCore.X509.SignatureAlgorithm.Ed25519, reader.Algorithm);
        Assert.Contains("not done over 64 MiB", Assert.Throws<InvalidDataException>(() => reader.Verify(issuer)).Message, StringComparison.Ordinal);
        Assert.Equal(1_200, reader.EntryCount);
    }

    [Fact]
    public void To_open_an_Ed25519_CRL_takes_no_memory_for_its_entries()
    {
        using var stream = new GeneratedCrl(entryLength: 60_000, count: 1_000, algorithm: "30(06 03 2B6570)");
        long before = GC.GetAllocatedBytesForCurrentThread();
        using var reader = new CrlReader(stream);

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
        Assert.Same(PkiCore.X509.SignatureAlgorithm.Ed25519, reader.Algorithm);
    }

    private static void CheckSigned(AsymmetricCipherKeyPair key, string algorithm, bool verifies)
    {
        using X509Certificate2 issuer = Certify(key, algorithm, KeyUsage.CrlSign);
        byte[] encoded = Sign(key, algorithm, entries: 2);
        Assert.Equal(verifies, IsVerified(encoded, issuer));
        encoded[^1] ^= 1;
        Assert.False(IsVerified(encoded, issuer));
    }

    private static bool IsVerified(byte[] encoded, X509Certificate2 issuer)
    {
        try
        {
            using var reader = new CrlReader(new MemoryStream(encoded));
            return reader.Verify(issuer);
        }
        catch (InvalidDataException)
        {
            return false;
        }
    }

    private static bool Verify(string name, X509Certificate2 issuer)
    {
        using CrlReader reader = CrlReader.Open(Vectors.PathOf(name));
        return reader.Verify(issuer);
    }

    private static AsymmetricCipherKeyPair GenerateRsa()
    {
        var generator = new RsaKeyPairGenerator();
        generator.Init(new KeyGenerationParameters(new SecureRandom(), 2048));
        return generator.GenerateKeyPair();
    }

    private static X509Certificate2 Certify(AsymmetricCipherKeyPair key, string algorithm, int usage)
    {
        var generator = new X509V3CertificateGenerator();
        generator.SetSerialNumber(BigInteger.One);
        generator.SetIssuerDN(new X509Name("CN=CRL test"));
        generator.SetSubjectDN(new X509Name("CN=CRL test"));
        generator.SetNotBefore(new DateTime(2025, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        generator.SetNotAfter(new DateTime(2035, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        generator.SetPublicKey(key.Public);
        if (usage != 0)
        {
            generator.AddExtension(X509Extensions.KeyUsage, critical: true, new KeyUsage(usage));
        }

        return X509CertificateLoader.LoadCertificate(generator.Generate(new Asn1SignatureFactory(algorithm, key.Private)).GetEncoded());
    }

    private static byte[] Sign(AsymmetricCipherKeyPair key, string algorithm, int entries)
    {
        var generator = new X509V2CrlGenerator();
        generator.SetIssuerDN(new X509Name("CN=CRL test"));
        generator.SetThisUpdate(new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        generator.SetNextUpdate(new DateTime(2026, 1, 8, 0, 0, 0, DateTimeKind.Utc));
        generator.AddExtension(X509Extensions.CrlNumber, critical: false, new CrlNumber(BigInteger.One));
        for (int i = 1; i <= entries; i++)
        {
            generator.AddCrlEntry(BigInteger.ValueOf(i), new DateTime(2025, 6, 1, 0, 0, 0, DateTimeKind.Utc), CrlReason.KeyCompromise);
        }

        return generator.Generate(new Asn1SignatureFactory(algorithm, key.Private)).GetEncoded();
    }

    private static bool MaySign(X509Certificate2 certificate) =>
        certificate.Extensions.OfType<X509KeyUsageExtension>().All(usage => usage.KeyUsages.HasFlag(X509KeyUsageFlags.CrlSign));

    private static bool IsDsa(X509Certificate2 certificate) => certificate.PublicKey.Oid.Value == "1.2.840.10040.4.1";

    private static bool IsSignedBy(X509Crl crl, X509Certificate2 certificate)
    {
        try
        {
            crl.Verify(PublicKeyFactory.CreateKey(certificate.PublicKey.ExportSubjectPublicKeyInfo()));
            return true;
        }
        catch (GeneralSecurityException)
        {
            return false;
        }
    }
}
