using System.Security.Cryptography.X509Certificates;
using PkiCore.Ocsp;
using PkiCore.X509;

namespace PkiCore.Tests.Ocsp;

/// <summary>Verdicts of other verifiers. Where ours differs on purpose, the row says why.</summary>
public sealed class OcspVerifierVectorTests
{
    private static readonly DateTimeOffset s_opensslTime = DateTimeOffset.FromUnixTimeSeconds(1355875200);
    private static readonly DateTimeOffset s_boringsslTime = new(2017, 3, 5, 0, 0, 0, TimeSpan.Zero);

    public static TheoryData<string, string, string, string, bool> OpenSslRows()
    {
        var rows = new TheoryData<string, string, string, string, bool>();
        foreach (string line in File.ReadLines(Vectors.PathOf("openssl-ocsp-tests/expectations.tsv")).Where(line => !line.StartsWith('#')).Skip(1))
        {
            string[] cells = line.Split('\t');
            rows.Add($"{cells[0]}: {cells[1]}{(cells[6] == "1" ? ", -no_cert_checks" : "")}", cells[2], cells[3], cells[4], cells[5] == "0");
        }

        return rows;
    }

    [Theory]
    [Requirement("RS-6", "RS-15", "OR-6", "T-30")]
    [MemberData(nameof(OpenSslRows))]
    public void OpenSSL_row_has_the_same_verdict(string description, string response, string trusted, string untrusted, bool valid)
    {
        // Where the rules differ:
        // - OpenSSL builds a chain to what is trusted; our issuer is the one that the caller names, and nothing above it is looked
        //   at. So in the one row with an untrusted certificate, the 3-level hierarchy, that certificate is the issuer.
        // - For the same reason the signature on the issuer's own certificate (ISIC) does not matter; with -partial_chain OpenSSL agrees.
        // - -no_cert_checks leaves out what we always check; its three rows are refused by both, for the signer's certificate is forged.
        // - "openssl ocsp -respin" does not compare nextUpdate. All but D2 had expired at the time of the rows, so the rows that are
        //   valid there are Expired here, and Valid when they were produced. The others are refused at both times.
        using X509Certificate2 certificate = LoadPem($"openssl-ocsp-tests/{(untrusted.Length > 0 ? untrusted : trusted)}");
        OcspResponse? parsed = OcspResponse.Parse(Vectors.Base64($"openssl-ocsp-tests/{response}"));
        Assert.NotNull(parsed);
        var issuer = Issuer.FromCertificate(certificate);
        OcspVerificationResult atTime = OcspResponseVerifier.Verify(parsed, issuer, s_opensslTime);
        OcspVerificationResult whenProduced = OcspResponseVerifier.Verify(parsed, issuer, parsed.ProducedAt);
        bool expired = parsed.Responses.Any(single => single.NextUpdate <= s_opensslTime);
        Assert.True(valid == (atTime == (expired ? OcspVerificationResult.Expired : OcspVerificationResult.Valid)), $"{description}: {atTime}");
        Assert.True(valid == (whenProduced == OcspVerificationResult.Valid), $"{description}: {whenProduced}");
    }

    [Fact]
    public void All_rows_of_OpenSSL_are_there()
    {
        Assert.Equal(58, OpenSslRows().Count);
        Assert.Single(OpenSslRows(), row => row.Data.Item4.Length > 0);
    }

    [Fact]
    public void Cross_signed_root_is_not_the_issuer()
    {
        using X509Certificate2 root = LoadPem("openssl-ocsp-tests/ND1_Cross_Root.pem");
        OcspResponse? response = OcspResponse.Parse(Vectors.Base64("openssl-ocsp-tests/ND1.ors"));
        Assert.Equal(OcspVerificationResult.OtherIssuer, OcspResponseVerifier.Verify(response!, Issuer.FromCertificate(root), s_opensslTime));
    }

    [Theory]
    [InlineData("ISOP_ND1", "ND1_Issuer_ICA", OcspVerificationResult.BadSignature)]
    [InlineData("ISOP_D1", "D1_Issuer_ICA", OcspVerificationResult.BadSignature)]
    [InlineData("WRID_ND1", "ND1_Issuer_ICA", OcspVerificationResult.ResponderNotFound)]
    [InlineData("WRID_D1", "D1_Issuer_ICA", OcspVerificationResult.ResponderNotFound)]
    [InlineData("WINH_ND1", "ND1_Issuer_ICA", OcspVerificationResult.OtherIssuer)]
    [InlineData("WIKH_D1", "D1_Issuer_ICA", OcspVerificationResult.OtherIssuer)]
    [InlineData("WKDOSC_D1", "D1_Issuer_ICA", OcspVerificationResult.ResponderNotFound)]
    [InlineData("ISDOSC_D1", "D1_Issuer_ICA", OcspVerificationResult.ResponderNotAuthorized)]
    [InlineData("ND1", "WSNIC_ND1_Issuer_ICA", OcspVerificationResult.OtherIssuer)]
    [InlineData("D1", "WKIC_D1_Issuer_ICA", OcspVerificationResult.OtherIssuer)]
    public void Refusal_names_the_fault_that_was_made(string response, string issuer, OcspVerificationResult expected)
    {
        using X509Certificate2 certificate = LoadPem($"openssl-ocsp-tests/{issuer}.pem");
        OcspResponse? parsed = OcspResponse.Parse(Vectors.Base64($"openssl-ocsp-tests/{response}.ors"));
        Assert.Equal(expected, OcspResponseVerifier.Verify(parsed!, Issuer.FromCertificate(certificate), s_opensslTime));
    }

    [Theory]
    [Requirement("RS-4", "RS-6", "RS-8", "RS-15", "OR-8", "T-7", "T-8")]
    [InlineData("good_response", "Valid")]
    [InlineData("good_response_sha256", "Valid")]
    [InlineData("good_response_next_update", "Valid")]
    [InlineData("revoke_response", "Valid")]
    [InlineData("revoke_response_reason", "Valid")]
    [InlineData("unknown_response", "Valid")]
    [InlineData("has_extension", "Valid")]
    [InlineData("has_single_extension", "Valid")]
    [InlineData("has_version", "Valid")] // v1, and so left out
    [InlineData("responder_id", "Valid")]
    [InlineData("responder_name", "Valid")]
    [InlineData("ocsp_extra_certs", "Valid")]
    [InlineData("ocsp_sign_direct", "Valid")]
    [InlineData("ocsp_sign_indirect", "Valid")]
    [InlineData("bad_ocsp_type", "not parsed")]
    [InlineData("bad_status", "not parsed")]
    [InlineData("invalid_response", "not parsed")]
    [InlineData("invalid_response_data", "not parsed")]
    [InlineData("malformed_request", "NotSuccessful")]
    [InlineData("bad_signature", "BadSignature")]
    [InlineData("ocsp_sign_indirect_missing", "ResponderNotFound")]
    [InlineData("ocsp_sign_bad_indirect", "ResponderNotAuthorized")]
    [InlineData("future_response", "NotYetValid")]
    [InlineData("stale_response", "Expired")]
    [InlineData("has_critical_response_extension", "UnknownCriticalExtension")]
    [InlineData("has_critical_single_extension", "UnknownCriticalExtension")]
    [InlineData("no_response", "OtherIssuer")]
    [InlineData("missing_response", "OtherIssuer")]
    [InlineData("other_response", "OtherIssuer")]
    public void BoringSSL_file_has_the_verdict_its_first_line_says(string name, string expected) => Assert.Equal(expected, JudgeBoringSsl(name));

    [Theory]
    [InlineData("good_response_invalid_serial", "not parsed", "a serial number 00 05 is no DER (X.690 8.3.2); BoringSSL lets it pass where the certificate has it too")]
    [InlineData("has_critical_ct_extension", "UnknownCriticalExtension", "BoringSSL reads SCTs; this verifier does not, and says so")]
    [InlineData("old_response", "Valid", "without nextUpdate BoringSSL's caller sets a greatest age; RFC 6960 4.2.2.1 has none")]
    [InlineData("produced_early_response", "Valid", "producedAt is compared with the certificate in question, which this verifier is not given")]
    [InlineData("produced_late_response", "Valid", "as above; RFC 6960 3.2 asks nothing of producedAt")]
    [InlineData("multiple_response", "Valid", "authentic; which of its answers counts is for the caller to choose")]
    [InlineData("multiple_response_good_revoked", "Valid", "as above")]
    public void BoringSSL_file_on_which_we_differ(string name, string expected, string reason)
    {
        Assert.NotEmpty(reason);
        Assert.Equal(expected, JudgeBoringSsl(name));
    }

    [Fact]
    public void No_file_of_BoringSSL_is_left_out() => Assert.Equal(29 + 7, Vectors.Files("boringssl-pki/ocsp_unittest", "*.pem").Count);

    [Fact]
    public void RFC_9919_example_is_valid_while_it_says_so()
    {
        var issuer = Issuer.FromPemFile(Vectors.PathOf("rfc-examples/rfc5019bis-12_appendixB_1_CERTIFICATE.pem"));
        OcspResponse? response = OcspResponse.Parse(Vectors.Bytes("rfc-examples/rfc5019bis-12_appendixB5_response.der"));
        var nextUpdate = new DateTimeOffset(2024, 4, 10, 12, 37, 47, TimeSpan.Zero);
        Assert.Equal(OcspVerificationResult.Valid, OcspResponseVerifier.Verify(response!, issuer, nextUpdate.AddSeconds(-1)));
        Assert.Equal(OcspVerificationResult.Expired, OcspResponseVerifier.Verify(response!, issuer, nextUpdate));
        var thisUpdate = new DateTimeOffset(2024, 4, 3, 12, 37, 47, TimeSpan.Zero);
        Assert.Equal(OcspVerificationResult.Valid, OcspResponseVerifier.Verify(response!, issuer, thisUpdate.AddMinutes(-5)));
        Assert.Equal(OcspVerificationResult.NotYetValid, OcspResponseVerifier.Verify(response!, issuer, thisUpdate.AddMinutes(-5).AddSeconds(-1)));
    }

    [Fact]
    public void Response_of_a_real_CA_that_signs_itself()
    {
        var issuer = Issuer.FromPemFile(Vectors.PathOf("go-x-crypto-ocsp/GTSRoot.pem"));
        OcspResponse? response = OcspResponse.Parse(Vectors.Bytes("go-x-crypto-ocsp/ocspResponseHex.der"));
        Assert.Equal(OcspVerificationResult.Valid, OcspResponseVerifier.Verify(response!, issuer, new DateTimeOffset(2021, 11, 8, 0, 0, 0, TimeSpan.Zero)));
        Assert.Equal(OcspVerificationResult.Expired, OcspResponseVerifier.Verify(response!, issuer, new DateTimeOffset(2021, 11, 15, 0, 0, 0, TimeSpan.Zero)));
    }

    [Fact]
    [Requirement("RS-1")]
    public void Error_response_is_never_valid()
    {
        var issuer = Issuer.FromPemFile(Vectors.PathOf("go-x-crypto-ocsp/GTSRoot.pem"));
        OcspResponse? response = OcspResponse.Parse(Vectors.Bytes("rustcrypto-x509-ocsp/ocsp-try-later.der"));
        Assert.Equal(OcspVerificationResult.NotSuccessful, OcspResponseVerifier.Verify(response!, issuer, s_boringsslTime));
    }

    private static string JudgeBoringSsl(string name)
    {
        using X509Certificate2 issuer = X509CertificateLoader.LoadCertificate(Vectors.Pem($"boringssl-pki/ocsp_unittest/{name}.pem", "CA CERTIFICATE"));
        OcspResponse? response = OcspResponse.Parse(Vectors.Pem($"boringssl-pki/ocsp_unittest/{name}.pem", "OCSP RESPONSE"));
        return response is null ? "not parsed" : OcspResponseVerifier.Verify(response, Issuer.FromCertificate(issuer), s_boringsslTime).ToString();
    }

    private static X509Certificate2 LoadPem(string name) => X509CertificateLoader.LoadCertificateFromFile(Vectors.PathOf(name));
}
