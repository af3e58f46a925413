using PkiCore.Ocsp;
using PkiCore.X509;

namespace PkiCore.Tests.Ocsp;

/// <summary>Requests that others made, with everything that is in them.</summary>
public sealed class OcspRequestVectorTests
{
    private const string Rust = "rustcrypto-x509-ocsp/";
    private const string EightSerials = "010001 010001 010001 010001 010001 05 16 00FFFFFFFF";
    private const string EightHashes = "Sha1 Sha224 Sha256 Sha384 Sha512 Sha1 Sha1 Sha1";

    /// <summary>All request vectors but the one that is refused; BouncyCastle reads them too.</summary>
    internal static IEnumerable<(string Name, byte[] Encoded)> All() =>
    [
        .. Vectors.Files("rustcrypto-x509-ocsp", "*req.der").Select(name => (name, Vectors.Bytes(name))),
        ("go", Vectors.Bytes("go-x-crypto-ocsp/ocspRequestHex.der")),
        ("RFC 9919 B.4", Vectors.Bytes("rfc-examples/rfc5019bis-12_appendixB4_request.der")),
        .. Vectors.Files("boringssl-pki/ocsp_unittest", "*.pem")
            .Where(name => !name.EndsWith("/good_response_invalid_serial.pem", StringComparison.Ordinal))
            .Select(name => (name, Vectors.Pem(name, "OCSP REQUEST"))),
    ];

    [Theory]
    [Requirement("OR-1", "OR-7", "OR-9", "OR-12", "OX-1", "OX-5", "OX-6")]
    [InlineData(Rust + "sha1-certid-ocsp-req.der", "Sha1", "010001", "", false)]
    [InlineData(Rust + "sha224-certid-ocsp-req.der", "Sha224", "010001", "", false)]
    [InlineData(Rust + "sha256-certid-ocsp-req.der", "Sha256", "010001", "", false)]
    [InlineData(Rust + "sha384-certid-ocsp-req.der", "Sha384", "010001", "", false)]
    [InlineData(Rust + "sha512-certid-ocsp-req.der", "Sha512", "010001", "", false)]
    [InlineData(Rust + "ocsp-signed-req.der", "Sha1", "010001", "", true)]
    [InlineData(Rust + "ocsp-multiple-requests-req.der", EightHashes, EightSerials, "", false)]
    [InlineData(
        Rust + "ocsp-multiple-requests-nonce-req.der",
        EightHashes,
        EightSerials,
        "27E51B16C355C29C18B686987041A1D972C4C17AE1F6250FCDEA5FCD7AE81677",
        false)]
    [InlineData( // serviceLocator, and acceptableResponses that are critical
        Rust + "ocsp-multiple-exts-clean-req.der",
        "Sha1",
        "010001",
        "BB42AE6BEBD2B6E455CA02BC853452635F08863EFFAF25E182905E7FFF1FB40A",
        false)]
    [InlineData("go-x-crypto-ocsp/ocspRequestHex.der", "Sha1", "017F77DEB3BCBB235D44CCC7DBA62E72", "", false)]
    [InlineData("rfc-examples/rfc5019bis-12_appendixB4_request.der", "Sha256", "01AAF00D", "", false)]
    public void Request_is_read_to_the_last_field(string name, string hashes, string serials, string nonce, bool isSigned)
    {
        Assert.True(OcspRequest.TryParse(Vectors.Bytes(name), out OcspRequest request, out OcspRequestError error), error.ToString());
        Assert.Equal(isSigned, request.IsSigned);
        Assert.Equal(nonce, Convert.ToHexString(request.Nonce));
        Assert.True(request.IsSupported);

        var issuer = name.StartsWith(Rust, StringComparison.Ordinal) ? Issuer.FromPemFile(Vectors.PathOf(Rust + "rsa-2048-sha256-ca.der")) : null;
        List<string> foundHashes = [];
        List<string> foundSerials = [];
        foreach (CertId certId in request)
        {
            foundHashes.Add($"{certId.Hash}");
            foundSerials.Add(Convert.ToHexString(certId.SerialNumber));
            Assert.True(issuer is null || issuer.Matches(certId.Hash!.Value, certId.IssuerNameHash, certId.IssuerKeyHash));
        }

        Assert.Equal(hashes.Split(' '), foundHashes);
        Assert.Equal(serials.Split(' '), foundSerials);
        Assert.Equal(foundSerials.Count, request.CertificateCount);
    }

    [Fact]
    public void Every_request_of_BoringSSL_asks_for_serial_number_5()
    {
        foreach (string name in Vectors.Files("boringssl-pki/ocsp_unittest", "*.pem").Where(name => !name.Contains("invalid_serial", StringComparison.Ordinal)))
        {
            Assert.True(OcspRequest.TryParse(Vectors.Pem(name, "OCSP REQUEST"), out OcspRequest request, out OcspRequestError error), $"{name}: {error}");
            CertId certId = OcspRequestTests.Only(request);
            Assert.Equal(CertIdHash.Sha1, certId.Hash);
            Assert.Equal("05", Convert.ToHexString(certId.SerialNumber));
            Assert.True(request.Nonce.IsEmpty && !request.IsSigned && request.IsSupported);
        }
    }

    [Fact]
    [Requirement("T-7")]
    public void Request_with_a_serial_number_that_is_not_minimal_is_refused() =>
        OcspRequestTests.AssertError(
            OcspRequestError.RequestList,
            "serial number 00 05",
            Vectors.Pem("boringssl-pki/ocsp_unittest/good_response_invalid_serial.pem", "OCSP REQUEST"));

    [Fact]
    public void RFC_9919_request_names_the_issuer_of_its_example()
    {
        var issuer = Issuer.FromPemFile(Vectors.PathOf("rfc-examples/rfc5019bis-12_appendixB_1_CERTIFICATE.pem"));
        Assert.True(OcspRequest.TryParse(Vectors.Bytes("rfc-examples/rfc5019bis-12_appendixB4_request.der"), out OcspRequest request, out _));
        CertId certId = OcspRequestTests.Only(request);
        Assert.True(issuer.Matches(certId.Hash!.Value, certId.IssuerNameHash, certId.IssuerKeyHash));
    }

    [Fact]
    [Requirement("T-5")]
    public void No_request_is_read_when_a_byte_is_missing_or_added()
    {
        foreach ((string name, byte[] encoded) in All())
        {
            for (int length = 0; length < encoded.Length; length++)
            {
                Assert.False(OcspRequest.TryParse(encoded.AsSpan(0, length), out _, out _), $"{name}: {length} of {encoded.Length}");
            }

            Assert.False(OcspRequest.TryParse([.. encoded, 0], out _, out _), name);
        }
    }

    [Fact]
    public void Whatever_a_changed_byte_makes_of_a_request_it_is_read_or_refused()
    {
        foreach ((_, byte[] encoded) in All())
        {
            for (int i = 0; i < encoded.Length; i++)
            {
                for (int bit = 0; bit < 8; bit++)
                {
                    byte[] changed = [.. encoded];
                    changed[i] ^= (byte)(1 << bit);
                    if (OcspRequest.TryParse(changed, out OcspRequest request, out OcspRequestError error))
                    {
                        int count = 0;
                        foreach (CertId certId in request)
                        {
                            count++;
                            Assert.False(certId.SerialNumber.IsEmpty);
                        }

                        Assert.Equal(request.CertificateCount, count);
                        Assert.InRange(request.Nonce.Length, 0, 128);
                    }

                    Assert.Equal(request.CertificateCount == 0, error != OcspRequestError.None);
                }
            }
        }
    }

    [Fact]
    public void Every_other_vector_is_refused_without_an_exception()
    {
        foreach (string name in Vectors.Files("").Where(name => !name.Contains("equest", StringComparison.Ordinal) && !name.EndsWith("req.der", StringComparison.Ordinal)))
        {
            Assert.False(OcspRequest.TryParse(Vectors.Bytes(name), out _, out _), name);
        }

        foreach (VectorEntry entry in Vectors.Archive("openssl-fuzz-corpora/asn1parse.tar.gz"))
        {
            Assert.False(OcspRequest.TryParse(entry.Contents, out _, out _), entry.Name);
        }
    }
}
