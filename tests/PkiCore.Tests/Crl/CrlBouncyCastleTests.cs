using System.Collections;
using System.Formats.Asn1;
using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Org.BouncyCastle.Asn1.X509;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Generators;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Crypto.Signers;
using Org.BouncyCastle.Math;
using Org.BouncyCastle.Security;
using Org.BouncyCastle.X509;
using PkiCore.Crl;
using PkiCore.Signing;
using PkiCore.Status;
using PkiCore.X509;
using ISigner = PkiCore.Signing.ISigner;
using IssuingDistributionPoint = PkiCore.Crl.IssuingDistributionPoint;

namespace PkiCore.Tests.Crl;

/// <summary>Our CRLs as BouncyCastle reads and verifies them.</summary>
public sealed class CrlBouncyCastleTests
{
    private static readonly DateTimeOffset s_now = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData("P-256")]
    [InlineData("P-384")]
    [InlineData("P-521")]
    [InlineData("RSA")]
    [InlineData("PSS")]
    [Requirement("CF-1", "CF-2", "CF-4", "CF-5", "CX-1", "CX-2", "BR-10")]
    public void CRL_by_every_kind_of_key_verifies_and_says_what_was_meant(string kind)
    {
        using var authority = new CrlAuthority("C=DE, O=Example, CN=Kind", kind);
        using DotNetSigner signer = authority.CreateSigner();
        byte[] encoded = Encode(new CrlBuilder(authority.Issuer) { Number = 0x80FF, ThisUpdate = s_now, NextUpdate = s_now.AddDays(4) }, signer, AddAll);
        X509Crl crl = new X509CrlParser().ReadCrl(encoded);
        crl.Verify(new X509CertificateParser().ReadCertificate(authority.Certificate.RawData).GetPublicKey());
        Assert.Equal(2, crl.Version);
        Assert.Equal(authority.Certificate.SubjectName.RawData, crl.IssuerDN.GetDerEncoded());
        Assert.Equal(s_now.UtcDateTime, crl.ThisUpdate);
        Assert.Equal(s_now.AddDays(4).UtcDateTime, crl.NextUpdate.Value);
        Assert.Equal(Convert.FromHexString("040402030080FF".Replace("0404", "", StringComparison.Ordinal)), crl.GetExtensionValue(X509Extensions.CrlNumber).GetOctets());
        Assert.Empty(crl.GetCriticalExtensionOids());
        var identifier = AuthorityKeyIdentifier.GetInstance(Org.BouncyCastle.Asn1.Asn1Object.FromByteArray(crl.GetExtensionValue(X509Extensions.AuthorityKeyIdentifier).GetOctets()));
        Assert.Equal(Assert.IsType<X509SubjectKeyIdentifierExtension>(authority.Certificate.Extensions["2.5.29.14"]).SubjectKeyIdentifierBytes.ToArray(), identifier.GetKeyIdentifier());
        AssertSameEntries(crl, encoded);
    }

    [Fact]
    [Requirement("T-22")]
    public void CRL_by_an_Ed25519_key_verifies()
    {
        var generator = new Ed25519KeyPairGenerator();
        generator.Init(new Ed25519KeyGenerationParameters(new SecureRandom()));
        AsymmetricCipherKeyPair pair = generator.GenerateKeyPair();
        using var root = new CrlAuthority("CN=Root");
        using X509Certificate2 certificate = root.CertifyAuthority(
            "CN=Edwards", PublicKey.CreateFromSubjectPublicKeyInfo(SubjectPublicKeyInfoFactory.CreateSubjectPublicKeyInfo(pair.Public).GetDerEncoded(), out _));
        using var signer = new EdwardsSigner((Ed25519PrivateKeyParameters)pair.Private, certificate);
        byte[] encoded = Encode(new CrlBuilder(Issuer.FromCertificate(certificate)) { Number = 1, ThisUpdate = s_now, NextUpdate = s_now.AddDays(4) }, signer, AddAll);
        X509Crl crl = new X509CrlParser().ReadCrl(encoded);
        crl.Verify(pair.Public);
        using var reader = new CrlReader(new MemoryStream(encoded));
        Assert.True(reader.Verify(certificate));
    }

    [Fact]
    [Requirement("CX-14", "CE-3", "T-21", "CX-11")]
    public void Indirect_delta_CRL_has_the_issuer_of_each_entry()
    {
        using var authority = new CrlAuthority("CN=First");
        using var second = new CrlAuthority("CN=Second");
        using var third = new CrlAuthority("CN=Third");
        using DotNetSigner signer = authority.CreateSigner();
        var builder = new CrlBuilder(authority.Issuer)
        {
            Number = 9, BaseNumber = 4, ThisUpdate = s_now, NextUpdate = s_now.AddDays(4),
            DistributionPoint = new IssuingDistributionPoint { Uris = ["http://crl.example/all.crl"], IsIndirect = true },
        };
        byte[] encoded = Encode(builder, signer, _ =>
        {
            foreach (CrlAuthority issuer in (CrlAuthority[])[second, authority, third, second])
            {
                foreach (string serial in (string[])["05", "06", "0080"])
                {
                    builder.Add(Change.Serial(serial), new CertificateStatus(s_now.AddDays(-1), X509RevocationReason.RemoveFromCrl), issuer == authority ? null : issuer.Issuer);
                }
            }
        });
        X509Crl crl = new X509CrlParser().ReadCrl(encoded);
        crl.Verify(new X509CertificateParser().ReadCertificate(authority.Certificate.RawData).GetPublicKey());
        Assert.Equal(["2.5.29.27", "2.5.29.28"], crl.GetCriticalExtensionOids().Cast<string>().Order(StringComparer.Ordinal));
        Assert.Equal(9, AssertSameEntries(crl, encoded));
        Assert.Equal(9, crl.GetRevokedCertificates().Cast<X509CrlEntry>().Count());
        Assert.Equal(
            [("CN=First", 3), ("CN=Second", 3), ("CN=Third", 3)],
            CrlEntryOracle.Of(crl).GroupBy(entry => new X500DistinguishedName(entry.CertificateIssuer).Name).Select(group => (group.Key, group.Count())));
    }

    [Theory]
    [InlineData("00")]
    [InlineData("01")]
    [InlineData("7F")]
    [InlineData("0080")]
    [InlineData("80")]
    [InlineData("FF7F")]
    [InlineData("8000000000000000000000000000000000000000")]
    [InlineData("00FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF")]
    [InlineData("0102030405060708090A0B0C0D0E0F1011121314")]
    [Requirement("CF-12", "T-7")]
    public void Serial_number_of_any_length_and_sign_is_found(string serial)
    {
        using var authority = new CrlAuthority("CN=Serials");
        using DotNetSigner signer = authority.CreateSigner();
        byte[] encoded = Encode(new CrlBuilder(authority.Issuer) { Number = 1, ThisUpdate = s_now, NextUpdate = s_now.AddDays(4) }, signer, builder =>
            builder.Add(Change.Serial(serial), new CertificateStatus(s_now, X509RevocationReason.KeyCompromise)));
        X509CrlEntry entry = new X509CrlParser().ReadCrl(encoded).GetRevokedCertificate(new Org.BouncyCastle.Math.BigInteger(Convert.FromHexString(serial)));
        Assert.Equal(s_now.UtcDateTime, entry.RevocationDate);
    }

    [Theory]
    [InlineData("2049-12-31T23:59:59Z")]
    [InlineData("2050-01-01T00:00:00Z")]
    [InlineData("2026-06-01T12:00:00.9999999Z")]
    [Requirement("CF-6", "CE-2", "T-15")]
    public void Times_are_cut_to_the_second_on_both_sides_of_2050(string time)
    {
        DateTimeOffset value = DateTimeOffset.Parse(time, CultureInfo.InvariantCulture);
        DateTime floor = new(value.UtcTicks - (value.UtcTicks % TimeSpan.TicksPerSecond), DateTimeKind.Utc);
        using var authority = new CrlAuthority("CN=Times");
        using DotNetSigner signer = authority.CreateSigner();
        byte[] encoded = Encode(new CrlBuilder(authority.Issuer) { Number = 1, ThisUpdate = value, NextUpdate = value.AddSeconds(1) }, signer, builder =>
            builder.Add(Change.Serial("05"), new CertificateStatus(value, X509RevocationReason.KeyCompromise, value)));
        X509Crl crl = new X509CrlParser().ReadCrl(encoded);
        Assert.Equal(floor, crl.ThisUpdate);
        Assert.Equal(floor.AddSeconds(1), crl.NextUpdate.Value);
        CrlEntryOracle entry = Assert.Single(CrlEntryOracle.Of(crl));
        Assert.Equal((floor, floor), (entry.RevocationDate, entry.InvalidityDate!.Value));
    }

    /// <summary>Every length of the list around 128 and 256 octets, and those of what is signed around 32768, 65536 and 16777216.</summary>
    [Theory]
    [InlineData(115, 300)]
    [InlineData(32_500, 32_530)]
    [InlineData(65_260, 65_300)]
    [InlineData(65_530, 65_540)]
    [InlineData(16_777_050, 16_777_052)]
    [InlineData(16_777_215, 16_777_217)]
    [Requirement("T-27")]
    public void CRL_is_read_on_both_sides_of_where_its_lengths_get_longer(int from, int to)
    {
        using var authority = new CrlAuthority("CN=L");
        using DotNetSigner signer = authority.CreateSigner();
        AsymmetricKeyParameter key = new X509CertificateParser().ReadCertificate(authority.Certificate.RawData).GetPublicKey();
        for (int length = from; length <= to; length++)
        {
            int count = 0;
            byte[] encoded = Encode(
                new CrlBuilder(authority.Issuer) { Number = 1, ThisUpdate = s_now, NextUpdate = s_now.AddDays(4) }, signer, builder => count = Fill(builder, length));
            AsnReader list = new AsnReader(encoded, AsnEncodingRules.DER).ReadSequence(); // .NET's reader is strict about lengths
            Assert.Equal(3, Count(list));
            using var reader = new CrlReader(new MemoryStream(encoded));
            Assert.True(reader.Verify(authority.Certificate));
            Assert.Equal(count, reader.EntryCount);
            if (length < 100_000)
            {
                X509Crl crl = new X509CrlParser().ReadCrl(encoded);
                crl.Verify(key);
                Assert.Equal(count, crl.GetRevokedCertificates().Count);
            }
        }

        static int Count(AsnReader sequence)
        {
            int values = 0;
            for (; sequence.HasData; values++)
            {
                sequence.ReadEncodedValue();
            }

            return values;
        }
    }

    private static byte[] Encode(CrlBuilder builder, ISigner signer, Action<CrlBuilder> fill)
    {
        fill(builder);
        using var stream = new MemoryStream();
        Assert.Equal(builder.WriteTo(stream, signer, s_timeout), stream.Length);
        return stream.ToArray();
    }

    /// <summary>Every reason a complete CRL may have, with and without an invalidity date.</summary>
    private static void AddAll(CrlBuilder builder)
    {
        foreach (X509RevocationReason reason in Enum.GetValues<X509RevocationReason>().Where(reason => reason is not (X509RevocationReason.RemoveFromCrl or X509RevocationReason.WeakAlgorithmOrKey)))
        {
            builder.Add(Change.Serial($"1{(int)reason:X}"), new CertificateStatus(s_now.AddDays(-1), reason));
            builder.Add(Change.Serial($"2{(int)reason:X}"), new CertificateStatus(s_now.AddDays(-1), reason, s_now.AddDays(-9)));
        }
    }

    /// <summary>Adds entries that are so many bytes together.</summary>
    private static int Fill(CrlBuilder builder, int length)
    {
        const int Plain = 2 + 2 + 4 + 15;
        int rest = length % Plain;
        for (int i = 0; i < length / Plain; i++)
        {
            int more = Math.Min(rest, 16);
            rest -= more;
            builder.Add(Change.Serial($"40{i:X6}{new string('1', 2 * more)}"), new CertificateStatus(s_now.AddDays(-1)));
        }

        Assert.Equal(0, rest);
        return length / Plain;
    }

    private static int AssertSameEntries(X509Crl crl, byte[] encoded)
    {
        CrlEntryOracle[] expected = CrlEntryOracle.Of(crl);
        List<ReadEntry> read = CrlReading.All(encoded);
        Assert.Equal(
            expected.Select(entry => (Convert.ToHexString(entry.SerialNumber), entry.RevocationDate, entry.Reason, entry.InvalidityDate, Convert.ToHexString(entry.CertificateIssuer))),
            read.Select(entry => (Convert.ToHexString(entry.Serial), entry.Date.UtcDateTime, entry.Reason, entry.InvalidityDate?.UtcDateTime, Convert.ToHexString(entry.Issuer))));
        return expected.Length;
    }

    /// <summary>BouncyCastle's Ed25519, which takes the message.</summary>
    private sealed class EdwardsSigner(Ed25519PrivateKeyParameters key, X509Certificate2 certificate) : ISigner
    {
        public X509Certificate2 Certificate => certificate;

        public SignatureAlgorithm Algorithm => SignatureAlgorithm.Ed25519;

        public bool PreHash => false;

        public int MaxSignatureLength => 64;

        public int Parallelism => 1;

        public string? Problem => null;

        public int Sign(ReadOnlySpan<byte> input, Span<byte> signature, TimeSpan timeout, SigningPriority priority)
        {
            var signer = new Ed25519Signer();
            signer.Init(forSigning: true, key);
            signer.BlockUpdate(input.ToArray(), 0, input.Length);
            signer.GenerateSignature().CopyTo(signature);
            return 64;
        }

        public void Dispose()
        {
        }
    }
}
