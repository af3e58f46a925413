using PkiCore.Crl;

namespace PkiCore.Tests.Crl;

/// <summary>CRLs of others that are named by what is wrong with them.</summary>
public sealed class CrlLintVectorTests
{
    private const string Boulder = "boulder-crl-lints/";
    private const string PkiLint = "pkilint/integration_crl/";

    private const string Rfc = Boulder + "rfc/"; // checked against RFC 5280 alone, like pkilint's pkix; the others against the Baseline Requirements, too

    /// <summary>File, and what a finding, or the reader where it refuses the file, has to say.</summary>
    private static readonly Dictionary<string, string> s_flagged = new(StringComparer.Ordinal)
    {
        [Boulder + "cabf_br/testdata/crl_critical_reason.pem"] = "RFC 5280 5.3.1: entry 1 (serial number 03AE51DB51155A3C): reasonCode is critical",
        [Boulder + "cabf_br/testdata/crl_idp_distributionPoint_and_onlyUser_and_onlyCA.pem"] = "more than one of onlyContainsUserCerts",
        [Boulder + "cabf_br/testdata/crl_long_validity.pem"] = "BR 7.2, Mozilla 6: nextUpdate is over 10 days",
        [Boulder + "cabf_br/testdata/crl_long_validity_subordinate_ca.pem"] = "BR 7.2, Mozilla 6: nextUpdate is over 12 months",
        [Boulder + "cabf_br/testdata/crl_long_validity_subscriber_cert.pem"] = "BR 7.2, Mozilla 6: nextUpdate is over 10 days",
        [Boulder + "cabf_br/testdata/crl_negative_validity.pem"] = "RFC 5280 5.1.2.5: nextUpdate, 2022-07-06 16:43:37Z, is not later",
        [Boulder + "cabf_br/testdata/crl_negative_validity_subordinate_ca.pem"] = "RFC 5280 5.1.2.5: nextUpdate, 2022-07-06 16:43:37Z, is not later",
        [Boulder + "cabf_br/testdata/crl_negative_validity_subscriber_cert.pem"] = "RFC 5280 5.1.2.5: nextUpdate, 2022-07-06 16:43:37Z, is not later",
        [Boulder + "cabf_br/testdata/crl_reason_0.pem"] = "RFC 5280 5.3.1: entry 1 (serial number 03AE51DB51155A3C): the reason is an explicit unspecified (0)",
        [Boulder + "cabf_br/testdata/crl_reason_2.pem"] = "BR 7.2.2, Mozilla 6.1.1: entry 1 (serial number 03AE51DB51155A3C): the reason is cACompromise (2)",
        [Boulder + "cabf_br/testdata/crl_reason_6.pem"] = "BR 7.2.2, Mozilla 6.1.1: entry 1 (serial number 03AE51DB51155A3C): the reason is certificateHold (6)",
        [Boulder + "cabf_br/testdata/crl_reason_8.pem"] = "RFC 5280 5.3.1: entry 1 (serial number 03AE51DB51155A3C): the reason is removeFromCRL (8), which only a delta CRL",
        [Boulder + "cabf_br/testdata/crl_reason_10.pem"] = "BR 7.2.2, Mozilla 6.1.1: entry 1 (serial number 03AE51DB51155A3C): the reason is aACompromise (10)",
        [Boulder + "cpcps/testdata/crl_aia.pem"] = "RFC 5280 5.2.7: authorityInfoAccess has an access method, 1.3.6.1.5.5.7.48.1, other than caIssuers",
        [Boulder + "cpcps/testdata/crl_cert_issuer.pem"] = "2.5.29.29 has 0 directory names", // a DNS name, which names no issuer
        [Boulder + "cpcps/testdata/crl_delta.pem"] = "RFC 5280 5.2.4: deltaCRLIndicator is not critical", // that CA issues no delta CRLs at all; BR 7.2.2: not recommended, no more
        [Boulder + "cpcps/testdata/crl_freshest.pem"] = "2.5.29.46 is malformed", // GeneralNames wrapped in one SEQUENCE too many
        [Boulder + "cpcps/testdata/crl_idp_distributionPoint_and_onlyUser_and_onlyCA.pem"] = "more than one of onlyContainsUserCerts",
        [Boulder + "cpcps/testdata/crl_idp_no_dpn.pem"] = "BR 7.2.2.1, Mozilla 6.1.2: issuingDistributionPoint limits the scope and names no URI",
        [Boulder + "cpcps/testdata/crl_idp_no_fullname.pem"] = "its distributionPoint is malformed", // an empty CHOICE
        [Boulder + "cpcps/testdata/crl_idp_no_uris.pem"] = "its distributionPoint is malformed", // empty GeneralNames
        [Boulder + "cpcps/testdata/crl_idp_some_reasons.pem"] = "a field is malformed", // a constructed tag on a BIT STRING
        [Rfc + "testdata/crl_aki_name_and_serial.pem"] = "2.5.29.35 is malformed", // GeneralNames wrapped in one SEQUENCE too many
        [Rfc + "testdata/crl_critical_number.pem"] = "RFC 5280 5.2.3: the CRL number is critical",
        [Rfc + "testdata/crl_empty_revoked.pem"] = "revokedCertificates is empty",
        [Rfc + "testdata/crl_gentime_2049.pem"] = "thisUpdate is neither",
        [Rfc + "testdata/crl_gentime_revoked_2049.pem"] = "revocationDate is neither",
        [Rfc + "testdata/crl_long_number.pem"] = "RFC 5280 5.2.3: the CRL number is longer than 20 octets",
        [Rfc + "testdata/crl_no_aki.pem"] = "RFC 5280 5.2.1: the CRL has no authority key identifier",
        [Rfc + "testdata/crl_no_issuer_name.pem"] = "RFC 5280 5.1.2.3: the issuer's name is empty",
        [Rfc + "testdata/crl_no_number.pem"] = "RFC 5280 5.2.3: the CRL has no CRL number",
        [Rfc + "testdata/crl_utctime_no_seconds.pem"] = "nextUpdate is neither",
        [PkiLint + "cabf/arl/unspecified_reason_code.crltest"] = "RFC 5280 5.3.1: entry 3 (serial number 01FEA581447E3BFD3BB81C2498): the reason is an explicit unspecified (0)",
        [PkiLint + "pkix/crl/bad_idp_uri.crltest"] = "RFC 5280 4.2.1.6: 'localhost' in issuingDistributionPoint is not an absolute URI",
        [PkiLint + "pkix/crl/negative_validity_period.crltest"] = "RFC 5280 5.1.2.5: nextUpdate, 2023-04-01 18:47:00Z, is not later",

        // Good as to how its times are written, which is what it is there for; but its nextUpdate is 28 years before its thisUpdate.
        [Rfc + "testdata/crl_good_gentime_2050.pem"] = "RFC 5280 5.1.2.5: nextUpdate, 2022-07-15 16:43:38Z, is not later",
    };

    /// <summary>Files in which nothing is wrong, and why not where their name says otherwise.</summary>
    private static readonly string[] s_clean =
    [
        Boulder + "cabf_br/testdata/crl_good.pem",
        Boulder + "cabf_br/testdata/crl_good_subordinate_ca.pem",
        Boulder + "cabf_br/testdata/crl_reason_1.pem", // one of the reasons to choose from, like 3, 4, 5 and 9
        Boulder + "cabf_br/testdata/crl_reason_3.pem",
        Boulder + "cabf_br/testdata/crl_reason_4.pem",
        Boulder + "cabf_br/testdata/crl_reason_5.pem",
        Boulder + "cabf_br/testdata/crl_reason_9.pem",
        Boulder + "cpcps/testdata/crl_good.pem",
        Boulder + "cpcps/testdata/crl_good_subordinate_ca.pem",
        Rfc + "testdata/crl_good.pem",
        Rfc + "testdata/crl_good_utctime_1950.pem",
        Rfc + "testdata/crl_none_revoked.pem", // the field is left out, as it has to be

        // One CA's own policy. Nine days are not long; and BR 7.2.2.1 wants a distribution point in any partitioned CRL and lets it say onlyContainsCACerts.
        Boulder + "cabf_br/testdata/crl_long_validity_distributionPoint_and_subordinate_ca.pem",
        Boulder + "cpcps/testdata/crl_idp_distributionPoint_and_onlyCA.pem",
        Boulder + "cpcps/testdata/crl_idp_https.pem", // BR 7.2.2.1 asks for a URI of the certificates', of whatever scheme
        Boulder + "cpcps/testdata/crl_idp_no_usercerts.pem", // BR 7.2.2.1: a CRL may say so
        Boulder + "cpcps/testdata/crl_idp_two_uris.pem", // BR 7.2.2.1: there may be others
        Boulder + "cpcps/testdata/crl_no_idp.pem", // BR 7.2.2.1: a complete CRL should not have one
    ];

    public static TheoryData<string> Flagged => [.. s_flagged.Keys];

    public static TheoryData<string> Clean => [.. s_clean];

    [Theory]
    [Requirement("CF-2", "CF-6", "CF-8", "CX-1", "CX-2", "CX-12", "CX-18", "CE-1", "BR-3", "BR-6", "BR-7", "BR-9", "MZ-4", "MZ-5")]
    [MemberData(nameof(Flagged))]
    public void File_is_flagged_by_the_rule_it_is_named_after(string name) =>
        Assert.Contains(Lint(name), finding => finding.Contains(s_flagged[name], StringComparison.Ordinal));

    /// <summary>A finding too many would keep a good CRL from being published.</summary>
    [Theory]
    [MemberData(nameof(Flagged))]
    public void File_is_flagged_by_that_rule_alone(string name)
    {
        string[] others = [.. Lint(name).Where(finding => !finding.Contains(s_flagged[name], StringComparison.Ordinal))];
        string[] expected = name switch
        {
            Boulder + "cabf_br/testdata/crl_reason_8.pem" => ["BR 7.2.2, Mozilla 6.1.1: "], // not among the five reasons either

            // Eleven months: right for the CRL of a root, but nothing in it says that it is one.
            PkiLint + "cabf/arl/unspecified_reason_code.crltest" => ["BR 7.2, Mozilla 6: nextUpdate is over 10 days"],
            _ => [],
        };
        Assert.Equal(expected.Length, others.Length);
        Assert.All(others, (finding, i) => Assert.StartsWith(expected[i], finding, StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Clean))]
    public void File_that_breaks_no_rule_is_not_flagged(string name) => Assert.Empty(Lint(name));

    [Fact]
    public void Every_file_is_in_one_of_the_tables()
    {
        string[] all = [.. Vectors.Files("boulder-crl-lints", "*.pem"), .. Vectors.Files("pkilint/integration_crl", "*.crltest")];
        Assert.Equal(54, all.Length);
        Assert.Equal(all.Order(StringComparer.Ordinal), s_flagged.Keys.Concat(s_clean).Order(StringComparer.Ordinal));
    }

    private static IReadOnlyList<string> Lint(string name) =>
        CrlLinting.Lint(() => CrlReader.Open(Vectors.PathOf(name)), baseline: !name.StartsWith(Rfc, StringComparison.Ordinal) && !name.StartsWith(PkiLint + "pkix/", StringComparison.Ordinal));
}
