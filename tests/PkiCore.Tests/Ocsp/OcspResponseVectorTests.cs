using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using PkiCore.Ocsp;
using PkiCore.X509;

namespace PkiCore.Tests.Ocsp;

/// <summary>Responses that others made, with everything that is in them.</summary>
public sealed class OcspResponseVectorTests
{
    private const string Rust = "rustcrypto-x509-ocsp/";
    private const string RustName = "30233121301F06035504031318" + "7273612D323034382D7368613235362D6F6373702D637274";

    [Theory]
    [Requirement("RS-4", "RS-5", "RS-6", "RS-8", "RS-9")]
    [InlineData(Rust + "sha1-certid-ocsp-res.der", "name", "20200101000000", "Sha1 010001 Good 20200101000000 20200101000000", 1)]
    [InlineData(Rust + "sha256-certid-ocsp-res.der", "name", "20200101000000", "Sha256 010001 Good 20200101000000 20200101000000", 1)]
    [InlineData(Rust + "sha512-certid-ocsp-res.der", "name", "20200101000000", "Sha512 010001 Good 20200101000000 20200101000000", 1)]
    [InlineData(Rust + "ocsp-dtm-no-chain-res.der", "name", "20200101000000", "Sha1 010001 Good 20200101000000 20200101000000", 0)]
    [InlineData(Rust + "ocsp-by-key-res.der", "F4A810E6EA0984AF7636128A40284379986A4735", "20200101000000", "Sha1 010001 Good 20200101000000 20200101000000", 0)]
    [InlineData(Rust + "ocsp-multiple-exts-res.der", "name", "20200101000000", "Sha1 010001 Good 20200101000000 20200101000000", 1)]
    [InlineData(
        Rust + "rsa-2048-sha256-revoked-ocsp-res.der",
        "name",
        "20231105010946",
        "Sha1 03 Revoked 20231105010946 20241104010946 20231105010945",
        1)]
    [InlineData(
        "go-x-crypto-ocsp/ocspResponseHex.der",
        "8A747FAF85CDEE95CD3D9CD0E24614F371351D27",
        "20211107142553",
        "Sha1 00F374542E3C7A68360A00000001103462 Good 20211107142551 20211114132550",
        0)]
    [InlineData(
        "go-x-crypto-ocsp/ocspResponseWithoutCertHex.der",
        "884451FF502A695E2D88F421BAD90CF2CECBEA7C",
        "20130618072443",
        "Sha1 00F78B13B946FC9635D8AB49DE9D214821 Good 20130618072443 20130622072443",
        0)]
    [InlineData(
        "rfc-examples/rfc5019bis-12_appendixB5_response.der",
        "0AE3A0FE9DD4257698B5EB72EBCA0CE7BF3DF5F1",
        "20240402123747",
        "Sha256 01AAF00D Good 20240403123747 20240410123747",
        1)]
    public void Response_is_read_to_the_last_field(string name, string responder, string producedAt, string only, int certificates)
    {
        OcspResponse response = Parse(name);
        Assert.Equal(OcspResponseStatus.Successful, response.Status);
        Assert.Equal(Time(producedAt), response.ProducedAt);
        Assert.Equal(only, Describe(Assert.Single(response.Responses)));
        Assert.Equal(certificates, response.Certificates.Count);
        Assert.All(response.Certificates, certificate => X509CertificateLoader.LoadCertificate(certificate.Span).Dispose());
        Assert.False(response.HasExtendedRevoke);
        Assert.False(response.HasUnknownCriticalExtension);
        if (responder == "name")
        {
            Assert.Equal(RustName, Convert.ToHexString(response.ResponderName.Span));
            Assert.True(response.ResponderKeyHash.IsEmpty);
        }
        else if (responder.Length > 0)
        {
            Assert.Equal(responder, Convert.ToHexString(response.ResponderKeyHash.Span));
            Assert.True(response.ResponderName.IsEmpty);
        }
    }

    [Theory]
    [Requirement("OX-1")]
    [InlineData("ocsp-by-key-res.der")]
    [InlineData("ocsp-dtm-no-chain-res.der")]
    [InlineData("ocsp-multiple-exts-res.der")]
    public void Nonce_is_unwrapped(string name) => Assert.Equal(
        "1F27F8C9CD8D154DAAEF021D5AAD6EAD7FE0637D044198E3F39291204924CEF8",
        Convert.ToHexString(Parse(Rust + name).Nonce.Span));

    [Fact]
    [Requirement("RS-13")]
    public void Several_answers_keep_their_order_and_their_hash()
    {
        OcspResponse response = Parse(Rust + "ocsp-multiple-responses-res.der");
        Assert.Equal(
            ["Sha1 010001", "Sha224 010001", "Sha256 010001", "Sha384 010001", "Sha512 010001", "Sha1 05", "Sha1 16", "Sha1 00FFFFFFFF"],
            response.Responses.Select(single => $"{single.Hash} {Convert.ToHexString(single.SerialNumber.Span)}"));
        Assert.All(response.Responses, single => Assert.Equal(OcspCertificateStatus.Good, single.Status));
        var issuer = Issuer.FromPemFile(Vectors.PathOf(Rust + "rsa-2048-sha256-ca.der"));
        Assert.All(response.Responses, single => Assert.True(issuer.Matches(single.Hash!.Value, single.IssuerNameHash.Span, single.IssuerKeyHash.Span)));
    }

    [Fact]
    [Requirement("RS-8")]
    public void Twenty_answers_of_a_real_CA()
    {
        OcspResponse response = Parse(Rust + "DODEMAILCA_63-resp.der");
        Assert.Equal(Time("20231107184237"), response.ProducedAt);
        Assert.Equal(
            "- KeyCompromise Superseded - - - - KeyCompromise Superseded - - - AffiliationChanged Superseded Superseded - Superseded - - -",
            string.Join(' ', response.Responses.Select(single => single.Reason?.ToString() ?? "-")));
        Assert.Equal(Enumerable.Range(0x07AB85, 20).Select(serial => $"{serial:X6}"), response.Responses.Select(single => Convert.ToHexString(single.SerialNumber.Span)));
        Assert.All(response.Responses, single =>
        {
            Assert.Equal(Time("20231107080000"), single.ThisUpdate);
            Assert.Equal(Time("20231114170000"), single.NextUpdate);
            Assert.Equal(single.Reason is null ? OcspCertificateStatus.Good : OcspCertificateStatus.Revoked, single.Status);
            Assert.Equal(single.Reason is null, single.RevocationTime is null);
        });
        Assert.Single(response.Certificates);
    }

    [Fact]
    public void Extensions_that_are_not_critical_do_not_matter()
    {
        foreach (string name in (string[])["has_extension", "has_single_extension"])
        {
            OcspResponse? response = OcspResponse.Parse(Vectors.Pem($"boringssl-pki/ocsp_unittest/{name}.pem", "OCSP RESPONSE"));
            Assert.NotNull(response);
            Assert.False(response.HasUnknownCriticalExtension || response.Responses.Any(single => single.HasUnknownCriticalExtension));
        }
    }

    [Theory]
    [Requirement("RS-1")]
    [InlineData("ocsp-malformed.der", OcspResponseStatus.MalformedRequest)]
    [InlineData("ocsp-internal-error.der", OcspResponseStatus.InternalError)]
    [InlineData("ocsp-try-later.der", OcspResponseStatus.TryLater)]
    [InlineData("ocsp-sig-required.der", OcspResponseStatus.SigRequired)]
    [InlineData("ocsp-unauthorized.der", OcspResponseStatus.Unauthorized)]
    public void Error_is_five_bytes_read_and_written(string name, OcspResponseStatus status)
    {
        byte[] expected = Vectors.Bytes(Rust + name);
        byte[] written = new byte[OcspErrorResponse.Length];
        Assert.Equal(5, OcspErrorResponse.Write(status, written));
        Assert.Equal(expected, written);

        OcspResponse response = Parse(Rust + name);
        Assert.Equal(status, response.Status);
        Assert.Empty(response.Responses);
        Assert.True(response.ToBeSigned.IsEmpty && response.Signature.IsEmpty);
        Assert.Null(OcspResponse.Parse([.. expected, 0]));
    }

    [Fact]
    [Requirement("RS-9", "T-15")]
    public void Response_with_UTCTime_and_offset_is_refused() =>
        Assert.Null(OcspResponse.Parse(Vectors.Bytes("cfssl-ocsp/response.der"))); // producedAt is 17 11 "1502192150-0400"

    [Fact]
    [Requirement("RS-5", "T-8")]
    public void Responses_that_write_the_default_version_are_refused()
    {
        // All of cfssl, and two of Go's, begin ResponseData with A0 03 02 01 00: v1 is the DEFAULT, which DER leaves out (X.690 11.5).
        byte[][] responses =
        [
            Vectors.Bytes("go-x-crypto-ocsp/ocspResponseWithExtensionHex.der"),
            Vectors.Bytes("go-x-crypto-ocsp/ocspResponseWithCriticalExtensionHex.der"),
            .. File.ReadLines(Vectors.PathOf("cfssl-ocsp/resp64.pem")).Select(Convert.FromBase64String),
        ];
        Assert.Equal(4, responses.Length);
        Assert.All(responses, response =>
        {
            Assert.NotEqual(-1, response.AsSpan().IndexOf(Convert.FromHexString("A003020100")));
            Assert.Null(OcspResponse.Parse(response));
        });
    }

    [Theory]
    [InlineData("response_broken.pem")]
    [InlineData("response_mix.pem")]
    public void Broken_responses_of_cfssl_are_refused(string name) =>
        Assert.All(File.ReadLines(Vectors.PathOf("cfssl-ocsp/" + name)), line =>
        {
            byte[] bytes = new byte[line.Length];
            Assert.False(Convert.TryFromBase64String(line, bytes, out int length) && OcspResponse.Parse(bytes.AsSpan(0, length)) is not null);
        });

    [Fact]
    public void Go_error_response_is_read() =>
        Assert.Equal(OcspResponseStatus.MalformedRequest, Parse("go-x-crypto-ocsp/errorResponseHex.der").Status);

    private static OcspResponse Parse(string name)
    {
        OcspResponse? response = OcspResponse.Parse(Vectors.Bytes(name));
        Assert.NotNull(response);
        return response;
    }

    private static string Describe(OcspSingleResponse single) => string.Join(
        ' ',
        ((string?[])[
            $"{single.Hash}", Convert.ToHexString(single.SerialNumber.Span), $"{single.Status}", $"{single.ThisUpdate:yyyyMMddHHmmss}",
            $"{single.NextUpdate:yyyyMMddHHmmss}", $"{single.RevocationTime:yyyyMMddHHmmss}", $"{single.Reason}",
        ]).Where(part => part!.Length > 0));

    private static DateTimeOffset Time(string text) => DateTimeOffset.ParseExact(text, "yyyyMMddHHmmss", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
}
