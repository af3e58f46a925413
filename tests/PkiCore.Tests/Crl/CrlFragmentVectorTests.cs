using PkiCore.Tests.Asn1;

namespace PkiCore.Tests.Crl;

/// <summary>BoringSSL's fragments of CRLs, each put into a CRL that is right in all else.</summary>
public sealed class CrlFragmentVectorTests
{
    private const string Folder = "boringssl-fuzz-named/";

    [Theory]
    [Requirement("CF-1", "CF-8", "CF-9")]
    [InlineData("good", null)]
    [InlineData("good_no_extensions", null)]
    [InlineData("bad_empty_extensions", "something in it")]
    [InlineData("bad_empty_sequence", "revokedCertificates is empty")]
    public void List_of_entries(string name, string? fault) =>
        Judge(new CrlText { Entries = Hex($"crl_getcrlstatusforcert_fuzzer_corpus/{name}") }.Encode(), fault);

    [Theory]
    [Requirement("CF-1", "CF-3")]
    [InlineData("good", "AlgorithmIdentifier")] // all have an empty one, where we look for an object identifier
    [InlineData("good_noextensions", "AlgorithmIdentifier")]
    [InlineData("good_nonextupdate", "AlgorithmIdentifier")]
    [InlineData("good_nooptionals", "AlgorithmIdentifier")]
    [InlineData("good_norevokedcerts", "AlgorithmIdentifier")]
    public void Signed_part(string name, string fault) =>
        Judge(DerText.Parse($"30({Hex($"crl_parse_crl_tbscertlist_fuzzer_corpus/{name}")} 3000 03 02 0027)"), fault);

    [Theory]
    [Requirement("CF-1", "CF-3")]
    [InlineData("good", "revokedCertificates is empty")] // and so are these lists
    [InlineData("good_noextensions", "revokedCertificates is empty")]
    [InlineData("good_nonextupdate", "revokedCertificates is empty")]
    [InlineData("good_nooptionals", null)]
    [InlineData("good_norevokedcerts", "the extensions are empty")]
    public void Signed_part_with_an_algorithm(string name, string? fault)
    {
        string signed = Hex($"crl_parse_crl_tbscertlist_fuzzer_corpus/{name}")[4..].Replace("0201013000", $"020101 {CrlText.Rsa}", StringComparison.Ordinal);
        Judge(DerText.Parse($"30(30({signed}) {CrlText.Rsa} 03 02 0027)"), fault);
    }

    [Fact]
    public void Empty_list_to_be_signed() => Judge(Vectors.Bytes(Folder + "crl_parse_crl_certificatelist_fuzzer_corpus/good_minimal"), "AlgorithmIdentifier");

    [Theory]
    [InlineData("empty_sequence", null)]
    [InlineData("extra_contents_after_issuer_and_serial", "2.5.29.35 is malformed")]
    [InlineData("invalid_contents", "2.5.29.35 is malformed")]
    [InlineData("issuer_and_serial", null)]
    [InlineData("issuer_only", null)]
    [InlineData("key_identifier", null)]
    [InlineData("key_identifier_and_issuer_and_serial", null)]
    [InlineData("serial_only", null)]
    [InlineData("url_issuer_and_serial", null)]
    public void Authority_key_identifier(string name, string? fault) =>
        Judge(CrlText.WithExtension("551D23", Hex($"parse_authority_key_identifier_fuzzer_corpus/{name}")).Encode(), fault);

    [Theory]
    [Requirement("CX-17", "T-12")]
    [InlineData("crldp_issuer_as_dirname.der", null)]
    [InlineData("relative_name_and_reasons_and_multiple_dps.der", "2.5.29.46 is malformed")] // nameRelativeToCRLIssuer is explicit there; RFC 5280 and PKITS have it implicit
    public void Distribution_points(string name, string? fault) => Judge(CrlText.WithExtension("551D2E", Hex($"parse_crldp_fuzzer_corpus/{name}")).Encode(), fault);

    private static string Hex(string name) => Convert.ToHexString(Vectors.Bytes(Folder + name));

    private static void Judge(byte[] encoded, string? fault)
    {
        if (fault is null)
        {
            Assert.InRange(CrlReading.Count(encoded), 0, 1);
        }
        else
        {
            Assert.Contains(fault, Assert.Throws<InvalidDataException>(() => CrlReading.Count(encoded)).Message, StringComparison.Ordinal);
        }
    }
}
