using System.Numerics;
using Org.BouncyCastle.Asn1;
using Org.BouncyCastle.Asn1.X509;
using Org.BouncyCastle.X509;
using PkiCore.Crl;
using BouncyCastlePoint = Org.BouncyCastle.Asn1.X509.IssuingDistributionPoint;
using CrlEntry = PkiCore.Crl.CrlEntry;
using IssuingDistributionPoint = PkiCore.Crl.IssuingDistributionPoint;

namespace PkiCore.Tests.Crl;

/// <summary>Every CRL among the vectors is read, or refused for the reason that is written here; and what is read is what BouncyCastle reads.</summary>
public sealed class CrlReaderVectorTests
{
    private static readonly string[] s_folders =
    [
        "nist-pkits/crls", "mbedtls-crls", "xipki-crls", "rustls-webpki/amazon", "rustcrypto-x509-ocsp", "boulder-crl-lints", "pkilint/integration_crl",
    ];

    /// <summary>What has to be refused, and with which words. The files of boulder-crl-lints are made to be found fault with.</summary>
    private static readonly Dictionary<string, string> s_refused = new(StringComparer.Ordinal)
    {
        ["boulder-crl-lints/rfc/testdata/crl_empty_revoked.pem"] = "revokedCertificates is empty",
        ["boulder-crl-lints/rfc/testdata/crl_gentime_2049.pem"] = "thisUpdate is neither",
        ["boulder-crl-lints/rfc/testdata/crl_gentime_revoked_2049.pem"] = "revocationDate is neither",
        ["boulder-crl-lints/rfc/testdata/crl_utctime_no_seconds.pem"] = "nextUpdate is neither",
        ["boulder-crl-lints/rfc/testdata/crl_aki_name_and_serial.pem"] = "2.5.29.35 is malformed", // GeneralNames wrapped in one SEQUENCE too many
        ["boulder-crl-lints/cpcps/testdata/crl_freshest.pem"] = "2.5.29.46 is malformed", // likewise
        ["boulder-crl-lints/cpcps/testdata/crl_cert_issuer.pem"] = "2.5.29.29 has 0 directory names", // a DNS name, which names no issuer
        ["boulder-crl-lints/cpcps/testdata/crl_idp_some_reasons.pem"] = "a field is malformed", // a constructed tag on a BIT STRING
        ["boulder-crl-lints/cpcps/testdata/crl_idp_no_uris.pem"] = "its distributionPoint is malformed", // empty GeneralNames
        ["boulder-crl-lints/cpcps/testdata/crl_idp_no_fullname.pem"] = "its distributionPoint is malformed", // an empty CHOICE
        ["boulder-crl-lints/cpcps/testdata/crl_idp_distributionPoint_and_onlyUser_and_onlyCA.pem"] = "more than one of onlyContainsUserCerts",
        ["boulder-crl-lints/cabf_br/testdata/crl_idp_distributionPoint_and_onlyUser_and_onlyCA.pem"] = "more than one of onlyContainsUserCerts",
        ["mbedtls-crls/crl_cat_rsabadpem-ec.pem"] = "the first PEM block is not base64",
        ["nist-pkits/crls/BadCRLSignatureCACRL.crl"] = "the signature is not a BIT STRING of whole octets", // its fault is the octet of unused bits
    };

    public static TheoryData<string> Files => [.. All];

    private static IEnumerable<string> All => s_folders.SelectMany(folder => Vectors.Files(folder)).Where(IsCrl);

    [Theory]
    [Requirement("CF-1", "CF-3", "CF-6", "CF-8", "CF-12", "CX-2", "CX-4", "CX-11", "CX-12", "CE-1", "CE-2", "T-12")]
    [MemberData(nameof(Files))]
    public void File_is_refused_for_the_known_reason_or_read_as_BouncyCastle_reads_it(string name)
    {
        if (s_refused.TryGetValue(name, out string? reason))
        {
            string message = Assert.Throws<InvalidDataException>(() => ReadAll(name)).Message;
            Assert.Contains(reason, message, StringComparison.Ordinal);
            Assert.Contains(Vectors.PathOf(name), message, StringComparison.Ordinal);
            return;
        }

        Compare(name);
    }

    [Fact]
    public void No_vector_is_left_out()
    {
        Assert.Equal(173, Vectors.Files("nist-pkits/crls").Count);
        Assert.Equal(292, All.Count());
        Assert.All(s_refused.Keys, name => Assert.Contains(name, All));
    }

    [Theory]
    [Requirement("CX-21")]
    [InlineData("nist-pkits/crls/UnknownCRLEntryExtensionCACRL.crl", "entry: 2.16.840.1.101.2.1.12.2")]
    [InlineData("nist-pkits/crls/UnknownCRLExtensionCACRL.crl", "2.16.840.1.101.2.1.12.2")]
    [InlineData("boulder-crl-lints/rfc/testdata/crl_critical_number.pem", null)] // wrong, but understood
    [InlineData("boulder-crl-lints/cabf_br/testdata/crl_critical_reason.pem", null)]
    [InlineData("nist-pkits/crls/indirectCRLCA3cRLIssuerCRL.crl", null)]
    public void Unknown_critical_extension_is_named(string name, string? extension)
    {
        using CrlReader reader = CrlReader.Open(Vectors.PathOf(name));
        while (reader.TryRead(out _))
        {
        }

        Assert.Equal(extension, reader.UnsupportedCriticalExtension);
    }

    [Theory]
    [Requirement("CX-17", "CX-20")]
    [InlineData("nist-pkits/crls/deltaCRLCA1CRL.crl", 0)]
    [InlineData("nist-pkits/crls/deltaCRLCA1deltaCRL.crl", 1)]
    public void Base_and_delta_are_told_apart(string name, int baseNumber)
    {
        using CrlReader reader = CrlReader.Open(Vectors.PathOf(name));
        Assert.Equal(baseNumber == 0 ? null : new BigInteger(baseNumber), reader.BaseNumber);
        Assert.Equal(baseNumber != 0, reader.IsDelta);
        Assert.Empty(reader.FreshestCrl);
        Assert.Null(reader.ExpiredCertsOnCrl);
    }

    [Theory]
    [Requirement("CE-3", "T-21")]
    [InlineData("nist-pkits/crls/indirectCRLCA1CRL.crl")]
    [InlineData("nist-pkits/crls/indirectCRLCA3cRLIssuerCRL.crl")]
    [InlineData("nist-pkits/crls/indirectCRLCA4cRLIssuerCRL.crl")]
    [InlineData("nist-pkits/crls/indirectCRLCA5CRL.crl")]
    public void Indirect_CRL_says_so(string name)
    {
        using CrlReader reader = CrlReader.Open(Vectors.PathOf(name));
        Assert.True(reader.DistributionPoint!.IsIndirect);
    }

    private static bool IsCrl(string name) => Path.GetExtension(name) is ".crl" or ".pem" or ".crltest" || name.EndsWith("-crl.der", StringComparison.Ordinal);

    private static byte[] Der(string name)
    {
        byte[] bytes = Vectors.Bytes(name);
        return bytes[0] == 0x30 ? bytes : Vectors.Pem(name, "X509 CRL");
    }

    private static void ReadAll(string name)
    {
        using CrlReader reader = CrlReader.Open(Vectors.PathOf(name));
        while (reader.TryRead(out _))
        {
        }
    }

    private static void Compare(string name)
    {
        using CrlReader reader = CrlReader.Open(Vectors.PathOf(name));
        byte[] der = Der(name);
        var expected = new X509Crl(CertificateList.GetInstance(Asn1Object.FromByteArray(der)));
        Assert.Equal(der.Length, reader.Length);
        Assert.Equal(expected.Version, reader.Version);
        Assert.Equal(expected.IssuerDN.GetDerEncoded(), reader.IssuerName.ToArray());
        Assert.Equal(expected.ThisUpdate, reader.ThisUpdate.UtcDateTime);
        Assert.Equal(expected.NextUpdate?.Value, reader.NextUpdate?.UtcDateTime);
        Assert.Equal(expected.GetSignature(), reader.Signature.ToArray());
        Assert.Equal(Number(expected, X509Extensions.CrlNumber), reader.Number);
        Assert.Equal(Number(expected, X509Extensions.DeltaCrlIndicator), reader.BaseNumber);
        CompareScope(expected.GetExtensionValue(X509Extensions.IssuingDistributionPoint)?.GetOctets(), reader.DistributionPoint);
        byte[] entries = CompareEntries(expected, reader);
        Assert.Equal(entries.Length, reader.EntriesLength);
        Assert.True(der.AsSpan().IndexOf(entries) >= 0); // all of them, one after the other
    }

    private static void CompareScope(byte[]? encoded, IssuingDistributionPoint? point)
    {
        Assert.Equal(encoded ?? [], point?.Encoded.ToArray() ?? []);
        if (point is null)
        {
            return;
        }

        var expected = BouncyCastlePoint.GetInstance(Asn1Object.FromByteArray(encoded));
        Assert.Equal(expected.OnlyContainsUserCerts, point.OnlyContainsUserCerts);
        Assert.Equal(expected.OnlyContainsCACerts, point.OnlyContainsCACerts);
        Assert.Equal(expected.OnlyContainsAttributeCerts, point.OnlyContainsAttributeCerts);
        Assert.Equal(expected.IsIndirectCrl, point.IsIndirect);
        Assert.Equal(expected.OnlySomeReasons is not null, point.OnlySomeReasons is not null);
        Assert.Equal(expected.DistributionPoint is not null, point.HasDistributionPoint);
    }

    private static byte[] CompareEntries(X509Crl expected, CrlReader reader)
    {
        var bytes = new List<byte>();
        int count = 0;
        CrlEntryOracle[] oracles = CrlEntryOracle.Of(expected);
        while (reader.TryRead(out CrlEntry entry))
        {
            CrlEntryOracle oracle = oracles[count++];
            Assert.Equal(oracle.SerialNumber, entry.SerialNumber);
            Assert.Equal(oracle.RevocationDate, entry.RevocationDate.UtcDateTime);
            Assert.Equal(oracle.Reason, (int)entry.Reason);
            Assert.Equal(oracle.InvalidityDate, entry.InvalidityDate?.UtcDateTime);
            Assert.Equal(oracle.CertificateIssuer, entry.CertificateIssuer);
            bytes.AddRange(entry.Encoded);
        }

        Assert.Equal(oracles.Length, count);
        Assert.Equal(count, reader.EntryCount);
        return [.. bytes];
    }

    private static BigInteger? Number(X509Crl crl, DerObjectIdentifier oid) =>
        crl.GetExtensionValue(oid) is { } value ? new BigInteger(DerInteger.GetInstance(Asn1Object.FromByteArray(value.GetOctets())).Value.ToByteArray(), isBigEndian: true) : null;
}
