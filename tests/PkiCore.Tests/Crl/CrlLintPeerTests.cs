using System.Security.Cryptography;
using PkiCore.Crl.Lint;
using PkiCore.Crl;

namespace PkiCore.Tests.Crl;

/// <summary>
/// CRLs by others that break no rule of RFC 5280: of OpenSSL 3.0 (<c>openssl ca -gencrl</c> with a crlnumber and
/// <c>authorityKeyIdentifier = keyid:always</c>, key thrown away), and real ones.
/// </summary>
public sealed class CrlLintPeerTests
{
    /// <summary>Four entries: without reason, keyCompromise, superseded, and keyTime with a serial number of 20 octets.</summary>
    private const string Plain = """
        -----BEGIN X509 CRL-----
        MIIBezCCASECAQEwCgYIKoZIzj0EAwIwEjEQMA4GA1UEAwwHTGludCBDQRcNMjYx
        MTIxMTExMDE3WhcNMjYxMTI4MTExMDE3WjCBqzATAgIKARcNMjYwMzAxMDAwMDAw
        WjAhAgIKAhcNMjYwMzAyMDAwMDAwWjAMMAoGA1UdFQQDCgEBMCECAgoEFw0yNjAz
        MDQwMDAwMDBaMAwwCgYDVR0VBAMKAQQwTgIVAP8AESIzRFVmd4iZqrvM3e7/ABEi
        Fw0yNjAzMDMwMDAwMDBaMCYwCgYDVR0VBAMKAQEwGAYDVR0YBBEYDzIwMjYwMTAx
        MDAwMDAwWqAwMC4wHwYDVR0jBBgwFoAU3zil6U43q68EnwIoywvrVCvwqIYwCwYD
        VR0UBAQCAhAAMAoGCCqGSM49BAMCA0gAMEUCIE5FtGZXwHIZJ/V88qtg1c3A/bx2
        k0WkhC/kBnxV51NRAiEAy/KAXES7XZ6k6dKQbGvbDK8FCu3T9DvZM1KwRdr69As=
        -----END X509 CRL-----
        """;

    /// <summary>The same with issuingDistributionPoint (a URI, onlyContainsUserCerts) and freshestCRL.</summary>
    private const string Scoped = """
        -----BEGIN X509 CRL-----
        MIIB5jCCAY0CAQEwCgYIKoZIzj0EAwIwEjEQMA4GA1UEAwwHTGludCBDQRcNMjYx
        MTIxMTExMDE3WhcNMjYxMTI4MTExMDE3WjCBqzATAgIKARcNMjYwMzAxMDAwMDAw
        WjAhAgIKAhcNMjYwMzAyMDAwMDAwWjAMMAoGA1UdFQQDCgEBMCECAgoEFw0yNjAz
        MDQwMDAwMDBaMAwwCgYDVR0VBAMKAQQwTgIVAP8AESIzRFVmd4iZqrvM3e7/ABEi
        Fw0yNjAzMDMwMDAwMDBaMCYwCgYDVR0VBAMKAQEwGAYDVR0YBBEYDzIwMjYwMTAx
        MDAwMDAwWqCBmzCBmDAfBgNVHSMEGDAWgBTfOKXpTjerrwSfAijLC+tUK/CohjAy
        BgNVHRwBAf8EKDAmoCGgH4YdaHR0cDovL2NybC5leGFtcGxlLnRlc3QvMS5jcmyB
        Af8wNAYDVR0uBC0wKzApoCegJYYjaHR0cDovL2NybC5leGFtcGxlLnRlc3QvMS1k
        ZWx0YS5jcmwwCwYDVR0UBAQCAhABMAoGCCqGSM49BAMCA0cAMEQCIBMkJBYTcNLl
        0/lNp6WOp5w1Rnxvx+lTYya0iykOUx0LAiAl4XPLA2+u1wJSzZ258orDIPmXyEuF
        rkVURZcj5ITnIw==
        -----END X509 CRL-----
        """;

    /// <summary>The same with deltaCRLIndicator.</summary>
    private const string Delta = """
        -----BEGIN X509 CRL-----
        MIIBizCCATECAQEwCgYIKoZIzj0EAwIwEjEQMA4GA1UEAwwHTGludCBDQRcNMjYx
        MTIxMTExMDE3WhcNMjYxMTI4MTExMDE3WjCBqzATAgIKARcNMjYwMzAxMDAwMDAw
        WjAhAgIKAhcNMjYwMzAyMDAwMDAwWjAMMAoGA1UdFQQDCgEBMCECAgoEFw0yNjAz
        MDQwMDAwMDBaMAwwCgYDVR0VBAMKAQQwTgIVAP8AESIzRFVmd4iZqrvM3e7/ABEi
        Fw0yNjAzMDMwMDAwMDBaMCYwCgYDVR0VBAMKAQEwGAYDVR0YBBEYDzIwMjYwMTAx
        MDAwMDAwWqBAMD4wHwYDVR0jBBgwFoAU3zil6U43q68EnwIoywvrVCvwqIYwDgYD
        VR0bAQH/BAQCAg//MAsGA1UdFAQEAgIQAjAKBggqhkjOPQQDAgNIADBFAiBbTwFM
        Sz/XGXJcvdbEhE6R27/kLDiskF/Rh31xTzmgowIhANzt/gusdz34uGNQhegZHnPt
        Q2bYju5KnU8JFR0/jNde
        -----END X509 CRL-----
        """;

    private static readonly string[] s_real =
    [
        .. Vectors.Files("rustls-webpki/amazon", "*.crl"), "rustcrypto-x509-ocsp/tscpbcasha256.crl",
        "xipki-crls/revoked-certs.crl", "xipki-crls/no-revoked-certs.crl", "xipki-crls/invaliditydate.crl",
    ];

    public static TheoryData<string> Real => [.. s_real];

    /// <summary>Version 2 with a key identifier.</summary>
    public static TheoryData<string> OfOpenSslWithoutNumber =>
        [.. Vectors.Files("mbedtls-crls", "crl-*.pem").Where(name => !name.Contains("/parse_input/", StringComparison.Ordinal) && !name.EndsWith("RevocationDate.pem", StringComparison.Ordinal))];

    [Theory]
    [InlineData(Plain)]
    [InlineData(Scoped)]
    [InlineData(Delta)]
    public void CRL_of_OpenSSL_is_not_flagged(string pem)
    {
        byte[] crl = Convert.FromBase64String(pem[PemEncoding.Find(pem).Base64Data]);
        Assert.Empty(CrlLinting.Lint(() => new CrlReader(new MemoryStream(crl)), baseline: false));
        Assert.Empty(CrlLinting.Lint(() => new CrlReader(new MemoryStream(crl)), baseline: true));
    }

    [Theory]
    [MemberData(nameof(Real))]
    public void Real_CRL_is_not_flagged(string name) =>
        Assert.Empty(CrlLinting.Lint(() => CrlReader.Open(Vectors.PathOf(name)), baseline: false));

    [Theory]
    [Requirement("CF-2")]
    [MemberData(nameof(OfOpenSslWithoutNumber))]
    public void CRL_of_OpenSSL_without_number_is_flagged_for_that_alone(string name) =>
        Assert.StartsWith("RFC 5280 5.2.3: the CRL has no CRL number", Assert.Single(CrlLinting.Lint(() => CrlReader.Open(Vectors.PathOf(name)), baseline: false)), StringComparison.Ordinal);

    /// <summary>Of PKITS, whose second entry was revoked at 08:30:01, after thisUpdate at 08:30:00.</summary>
    [Fact]
    [Requirement("CF-13")]
    public void Revocation_a_second_after_thisUpdate_is_the_only_fault_of_PKITS_GoodCA() =>
        Assert.StartsWith(
            "RFC 5280 5.1.2.6: entry 2 (serial number 0F): revocationDate is later",
            Assert.Single(CrlLinting.Lint(() => CrlReader.Open(Vectors.PathOf("rustcrypto-x509-ocsp/GoodCACRL.crl")), baseline: false)), StringComparison.Ordinal);

    [Fact]
    public void Checking_entries_without_fault_allocates_nothing()
    {
        byte[] crl = new TestCrl { Entries = [.. Enumerable.Range(0, 500).SelectMany(_ => new[] { new TestEntry("0A01"), TestEntry.WithReason(1) })] }.Encode();
        using var reader = new CrlReader(new MemoryStream(crl));
        var lint = new CrlLint(reader, baselineRequirements: true);
        Assert.True(reader.TryRead(out CrlEntry first)); // it brings the buffer
        lint.Check(first);
        long before = GC.GetAllocatedBytesForCurrentThread();
        while (reader.TryRead(out CrlEntry entry))
        {
            lint.Check(entry);
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        Assert.Equal(1000, reader.EntryCount);
        Assert.Empty(lint.Findings);
    }
}
