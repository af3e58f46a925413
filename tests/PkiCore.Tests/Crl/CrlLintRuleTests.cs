using System.Numerics;
using PkiCore.Crl.Lint;
using PkiCore.Crl;
using PkiCore.X509;

namespace PkiCore.Tests.Crl;

/// <summary>Rule by rule, on CRLs that are good but for one thing.</summary>
public sealed class CrlLintRuleTests
{
    private const string FullName = "3023A021A01F861D687474703A2F2F63726C2E6578616D706C652E746573742F312E63726C"; // http://crl.example.test/1.crl
    private static readonly TestExtension s_indirect = Scope("3003 8401FF");
    private static readonly TestExtension s_keyCompromiseOnly = Scope("3004 83020640");

    private static readonly Dictionary<string, (TestCrl Crl, string Expected)> s_rfc = new(StringComparer.Ordinal)
    {
        ["no name"] = (new TestCrl { Issuer = "" }, "RFC 5280 5.1.2.3: "),
        ["no nextUpdate"] = (new TestCrl { NextUpdate = null }, "RFC 5280 5.1.2.5: nextUpdate is missing"),
        ["nextUpdate is thisUpdate"] = (new TestCrl { NextUpdate = TestCrl.Start }, "RFC 5280 5.1.2.5: "),
        ["no number"] = (TestCrl.Without(TestCrl.CrlNumber), "RFC 5280 5.2.3: "),
        ["number of 21 octets"] = (TestCrl.With(TestCrl.Number(BigInteger.One << 160)), "RFC 5280 5.2.3: "),
        ["critical number"] = (TestCrl.With(TestCrl.Number(7, isCritical: true)), "RFC 5280 5.2.3: "),
        ["no key identifier"] = (TestCrl.Without(TestCrl.AuthorityKeyIdentifier), "RFC 5280 5.2.1: "),
        ["authority named by serial number alone"] = (TestCrl.With(Extension(TestCrl.AuthorityKeyIdentifier, "3003820105")), "RFC 5280 5.2.1: "),
        ["critical key identifier"] = (TestCrl.With(TestCrl.KeyId(isCritical: true)), "RFC 5280 5.2.1, 4.2.1.1: "),
        ["base number not critical"] = (TestCrl.With(TestCrl.BaseNumber(6, isCritical: false)), "RFC 5280 5.2.4: "),
        ["base number is the delta CRL's own"] = (TestCrl.With(TestCrl.BaseNumber(7)), "RFC 5280 5.2.4: "),
        ["scope not critical"] = (TestCrl.With(Extension(TestCrl.IssuingDistributionPoint, FullName)), "RFC 5280 5.2.5: "),
        ["attribute certificates"] = (TestCrl.With(Scope("3003 8501FF")), "RFC 5280 5.2.5: "),
        ["no reason at all in scope"] = (TestCrl.With(Scope("3003 830100")) with { Entries = [] }, "RFC 5280 5.2.5, 4.2.1.13: "),
        ["bit 0 of the reasons"] = (TestCrl.With(Scope("3004 830206C0")) with { Entries = [] }, "RFC 5280 5.2.5, 4.2.1.13: "),
        ["URI without scheme"] = (TestCrl.With(Scope("300A A008 A006 8604 61622F63")), "RFC 5280 4.2.1.6: 'ab/c' in issuingDistributionPoint"),
        ["URI without host"] = (TestCrl.With(Scope("300EA00CA00A8608687474703A2F2F2F")), "RFC 5280 4.2.1.6: 'http:///' in issuingDistributionPoint"),
        ["URI with a blank"] = (TestCrl.With(Scope("300B A009 A007 8605 613A622063")), "RFC 5280 4.2.1.6: 'a:b c' in issuingDistributionPoint"),
        ["URI with half an escape"] = (TestCrl.With(Scope("300A A008 A006 8604 613A2541")), "RFC 5280 4.2.1.6: 'a:%A' in issuingDistributionPoint"),
        ["critical freshestCRL"] = (TestCrl.With(Freshest("A009A0078605613A622F63", isCritical: true)), "RFC 5280 5.2.6: freshestCRL is critical"),
        ["freshestCRL in a delta CRL"] = (TestCrl.With(Freshest("A009A0078605613A622F63"), TestCrl.BaseNumber(6)), "RFC 5280 5.2.6: freshestCRL is in a delta CRL"),
        ["freshestCRL of some reasons"] = (TestCrl.With(Freshest("A009A0078605613A622F6381020640")), "RFC 5280 5.2.6: a distribution point"),
        ["freshestCRL of another issuer"] = (TestCrl.With(Freshest("A009A0078605613A622F63A2048202 6161")), "RFC 5280 5.2.6: a distribution point"),
        ["freshestCRL without a name"] = (TestCrl.With(Freshest("81020640")), "RFC 5280 5.2.6: a distribution point"),
        ["freshestCRL with a relative URI"] = (TestCrl.With(Freshest("A008A0068604612F6263")), "RFC 5280 4.2.1.6: 'a/bc' in freshestCRL"),
        ["critical access"] = (TestCrl.With(Access("3011300F06082B060105050730028603613A62", isCritical: true)), "RFC 5280 5.2.7: authorityInfoAccess is critical"),
        ["access to an OCSP responder"] = (TestCrl.With(Access("3011300F06082B060105050730018603613A62")), "RFC 5280 5.2.7: authorityInfoAccess has an access method, 1.3.6.1.5.5.7.48.1,"),
        ["access to nothing"] = (TestCrl.With(Access("3000")), "RFC 5280 5.2.7: authorityInfoAccess is not"),
        ["access that is malformed"] = (TestCrl.With(Access("300C300A06082B06010505073002")), "RFC 5280 5.2.7: authorityInfoAccess is malformed"),
        ["critical name of the issuer"] = (TestCrl.With(Extension("2.5.29.18", "300482026161", isCritical: true)), "RFC 5280 5.2.2: "),
        ["critical expiredCertsOnCRL"] = (TestCrl.With(Extension("2.5.29.60", "180F32303230303130313030303030305A", isCritical: true)), "X.509, expiredCertsOnCRL: "),
        ["unknown critical extension"] = (TestCrl.With(Extension("1.2.3.4", "0500", isCritical: true)), "RFC 5280 5.2, 5.3: a critical extension (1.2.3.4)"),
        ["revoked a second after thisUpdate"] = (WithEntry(new("0A01") { RevocationDate = TestCrl.Start.AddSeconds(1) }), "RFC 5280 5.1.2.6: entry 1 (serial number 0A01): "),
        ["revoked in the hour after thisUpdate"] = (WithEntry(new("0A01") { RevocationDate = TestCrl.Start.AddHours(1).AddSeconds(-30) }), "RFC 5280 5.1.2.6: "),
        ["revoked in 2050"] = (WithEntry(new("0A01") { RevocationDate = TestCrl.Start.AddYears(30) }), "RFC 5280 5.1.2.6: "),
        ["revoked in 2026 as of 1999"] = (WithEntry(new("0A01")) with { ThisUpdate = TestCrl.Start.AddYears(-27) }, "RFC 5280 5.1.2.6: "),
        ["explicit unspecified"] = (WithEntry(TestEntry.WithReason(0)), "RFC 5280 5.3.1: entry 1 (serial number 0A01): the reason is an explicit unspecified"),
        ["critical reason"] = (WithEntry(TestEntry.WithReason(1, isCritical: true)), "RFC 5280 5.3.1: entry 1 (serial number 0A01): reasonCode is critical"),
        ["removeFromCRL in a complete CRL"] = (WithEntry(TestEntry.WithReason(8)), "RFC 5280 5.3.1: entry 1 (serial number 0A01): the reason is removeFromCRL"),
        ["no reason in a CRL of some"] = (TestCrl.With(s_keyCompromiseOnly) with { Entries = [new("0A01")] }, "RFC 5280 5.2.5: entry 1 (serial number 0A01): it has no reason"),
        ["reason out of scope"] = (TestCrl.With(s_keyCompromiseOnly) with { Entries = [TestEntry.WithReason(4)] }, "RFC 5280 5.2.5: entry 1 (serial number 0A01): its reason is not"),
        ["critical invalidityDate"] = (WithEntry(new("0A01") { Extensions = [InvalidityDate(isCritical: true)] }), "RFC 5280 5.3.2: entry 1 (serial number 0A01): "),
        ["certificate issuer not critical"] = (TestCrl.With(s_indirect) with { Entries = [new("0A01") { Extensions = [CertificateIssuer(isCritical: false)] }] }, "RFC 5280 5.3.3: entry 1 (serial number 0A01): certificateIssuer is not critical"),
        ["unknown critical extension of an entry"] = (WithEntry(new("0A01") { Extensions = [Extension("1.2.3.4", "0500", isCritical: true)] }), "RFC 5280 5.2, 5.3: a critical extension (entry: 1.2.3.4, first in entry 1)"),
    };

    private static readonly Dictionary<string, (TestCrl Crl, string Expected)> s_baseline = new(StringComparer.Ordinal)
    {
        ["10 days and a second"] = (new TestCrl { NextUpdate = TestCrl.Start.AddDays(10).AddSeconds(1) }, "BR 7.2, Mozilla 6: nextUpdate is over 10 days"),
        ["12 months and a second of an authority for authorities"] = (OfAuthorities() with { NextUpdate = TestCrl.Start.AddMonths(12).AddSeconds(1) }, "BR 7.2, Mozilla 6: nextUpdate is over 12 months"),
        ["indirect"] = (TestCrl.With(Scope("3026" + FullName[4..] + "8401FF")), "BR 7.2, 7.2.2.1: the CRL is indirect"),
        ["scope without a name"] = (TestCrl.With(Scope("3003 8101FF")), "BR 7.2.2.1, Mozilla 6.1.2: issuingDistributionPoint limits the scope"),
        ["some authorities without a name"] = (TestCrl.With(Scope("3007 8201FF 83020640")) with { Entries = [] }, "BR 7.2.2.1, Mozilla 6.1.2: issuingDistributionPoint limits the scope"),
        ["URI and another name"] = (TestCrl.With(Scope("3011A00FA00D8206612E746573748603613A62")), "BR 7.2.2.1, Mozilla 6.1.2: issuingDistributionPoint has names other"),
        ["number of 20 octets, but for the sign"] = (TestCrl.With(TestCrl.Number(BigInteger.One << 159)), "BR 7.2.2: the CRL number"),
        ["authority's serial number beside the key identifier"] = (TestCrl.With(Extension(TestCrl.AuthorityKeyIdentifier, "300780020102820105")), "BR 7.1.2.11.1: "),
        ["RSA without NULL"] = (new TestCrl { Algorithm = Convert.FromHexString("300B06092A864886F70D01010B") }, "BR 7.1.3.2: the AlgorithmIdentifier, 300B06092A864886F70D01010B,"),
        ["Ed25519"] = (new TestCrl { Algorithm = SignatureAlgorithm.Ed25519.Encoded.ToArray() }, "BR 7.1.3.2: "),
        ["RSA with SHA-1"] = (new TestCrl { Algorithm = Convert.FromHexString("300D06092A864886F70D0101050500") }, "BR 7.1.3.2: "),
        ["ML-DSA"] = (new TestCrl { Algorithm = Convert.FromHexString("300B0609608648016503040311") }, "BR 7.1.3.2: "),
        ["cACompromise"] = (WithEntry(TestEntry.WithReason(2)), "BR 7.2.2, Mozilla 6.1.1: entry 1 (serial number 0A01): the reason is cACompromise"),
        ["certificateHold"] = (WithEntry(TestEntry.WithReason(6)), "BR 7.2.2, Mozilla 6.1.1: entry 1 (serial number 0A01): the reason is certificateHold"),
        ["aACompromise"] = (WithEntry(TestEntry.WithReason(10)), "BR 7.2.2, Mozilla 6.1.1: entry 1 (serial number 0A01): the reason is aACompromise"),
        ["removeFromCRL in a delta CRL"] = (TestCrl.With(TestCrl.BaseNumber(6)) with { Entries = [TestEntry.WithReason(8)] }, "BR 7.2.2, Mozilla 6.1.1: entry 1 (serial number 0A01): the reason is removeFromCRL"),
        ["no reason for an authority"] = (OfAuthorities() with { Entries = [new("0A01")] }, "BR 7.2.2: entry 1 (serial number 0A01): it has no reason"),
    };

    private static readonly Dictionary<string, TestCrl> s_cleanForRfc = new(StringComparer.Ordinal)
    {
        ["nothing revoked"] = new TestCrl { Entries = [] },
        ["delta CRL"] = TestCrl.With(TestCrl.BaseNumber(6)) with { Entries = [TestEntry.WithReason(8), TestEntry.WithReason(6)] },
        ["freshestCRL and access to the issuer"] = TestCrl.With(Freshest("A009A0078605613A622F63"), Access("3011300F06082B060105050730028603613A62")),
        ["directory without host"] = TestCrl.With(Scope("3018A016A01486126C6461703A2F2F2F434E3D612532304E3F62")),
        ["number of 20 octets"] = TestCrl.With(TestCrl.Number((BigInteger.One << 160) - 1)),
        ["all reasons"] = new TestCrl { Entries = [.. new[] { 1, 2, 3, 4, 5, 6, 9, 10 }.Select(reason => TestEntry.WithReason(reason))] },
        ["reason in scope"] = TestCrl.With(s_keyCompromiseOnly) with { Entries = [TestEntry.WithReason(1)] },
        ["reason moved out of a delta CRL's scope"] = TestCrl.With(s_keyCompromiseOnly, TestCrl.BaseNumber(6)) with { Entries = [new("0A01"), TestEntry.WithReason(8)] },
        ["indirect"] = TestCrl.With(s_indirect) with { Entries = [new("0A01") { Extensions = [CertificateIssuer(isCritical: true)] }] },
        ["invalidityDate"] = WithEntry(new("0A01") { Extensions = [InvalidityDate(isCritical: false)] }),
        ["revoked at thisUpdate"] = WithEntry(new("0A01") { RevocationDate = TestCrl.Start }),
        ["revoked in the last century"] = WithEntry(new("0A01") { RevocationDate = TestCrl.Start.AddYears(-60) }),
        ["after 2049"] = new TestCrl { ThisUpdate = TestCrl.Start.AddYears(40), NextUpdate = TestCrl.Start.AddYears(41), Entries = [new("0A01"), new("0A02") { RevocationDate = TestCrl.Start.AddYears(39) }] },
        ["before 1950"] = new TestCrl { ThisUpdate = TestCrl.Start.AddYears(-90), Entries = [new("0A01") { RevocationDate = TestCrl.Start.AddYears(-91) }] },
        ["serial numbers as certificates have them, even zero, negative or long"] = new TestCrl { Entries = [new("01"), new("00"), new("FF"), new("01" + new string('2', 80))] },
    };

    private static readonly Dictionary<string, TestCrl> s_cleanForBaseline = new(StringComparer.Ordinal)
    {
        ["as it is"] = new TestCrl(),
        ["10 days"] = new TestCrl { NextUpdate = TestCrl.Start.AddDays(10) },
        ["12 months of an authority for authorities"] = OfAuthorities() with { NextUpdate = TestCrl.Start.AddMonths(12) },
        ["partition"] = TestCrl.With(Scope(FullName)),
        ["number below 2^159"] = TestCrl.With(TestCrl.Number((BigInteger.One << 159) - 1)),
        ["the end of time"] = new TestCrl { ThisUpdate = DateTimeOffset.MaxValue.AddDays(-3), NextUpdate = DateTimeOffset.MaxValue.AddDays(-1) },
    };

    public static TheoryData<string> Rfc => [.. s_rfc.Keys];

    public static TheoryData<string> Baseline => [.. s_baseline.Keys];

    public static TheoryData<string> CleanForRfc => [.. s_cleanForRfc.Keys];

    public static TheoryData<string> CleanForBaseline => [.. s_cleanForBaseline.Keys];

    [Theory]
    [Requirement("CF-2", "CF-13", "CX-1", "CX-2", "CX-4", "CX-10", "CX-11", "CX-12", "CX-15", "CX-17", "CX-18", "CX-19", "CX-20", "CX-21", "CE-1", "CE-2", "CE-3")]
    [MemberData(nameof(Rfc))]
    public void What_RFC_5280_forbids_is_found_once(string name)
    {
        string finding = Assert.Single(CrlLinting.Lint(s_rfc[name].Crl));
        Assert.StartsWith(s_rfc[name].Expected, finding, StringComparison.Ordinal);
        Assert.EndsWith(".", finding, StringComparison.Ordinal);
    }

    [Theory]
    [Requirement("BR-3", "BR-5", "BR-6", "BR-7", "BR-9", "BR-10", "MZ-4", "MZ-5")]
    [MemberData(nameof(Baseline))]
    public void What_the_Baseline_Requirements_forbid_is_found_if_wanted(string name)
    {
        Assert.StartsWith(s_baseline[name].Expected, Assert.Single(CrlLinting.Lint(s_baseline[name].Crl, baseline: true)), StringComparison.Ordinal);
        Assert.Empty(CrlLinting.Lint(s_baseline[name].Crl));
    }

    [Theory]
    [MemberData(nameof(CleanForRfc))]
    public void What_RFC_5280_allows_is_not_found(string name) => Assert.Empty(CrlLinting.Lint(s_cleanForRfc[name]));

    [Theory]
    [MemberData(nameof(CleanForBaseline))]
    public void What_the_Baseline_Requirements_allow_is_not_found(string name) => Assert.Empty(CrlLinting.Lint(s_cleanForBaseline[name], baseline: true));

    [Fact]
    [Requirement("CF-2")]
    public void Version_1_is_found_with_what_it_cannot_have()
    {
        IReadOnlyList<string> findings = CrlLinting.Lint(new TestCrl { IsVersion2 = false, Extensions = [], Entries = [new("0A01")] });
        string[] expected = ["RFC 5280 5.1.2.1: the CRL is version 1", "RFC 5280 5.2.3: the CRL has no CRL number", "RFC 5280 5.2.1: the CRL has no authority key identifier"];
        Assert.Equal(expected.Length, findings.Count);
        Assert.All(findings, (finding, i) => Assert.StartsWith(expected[i], finding, StringComparison.Ordinal));
    }

    /// <summary>The reader, too, says that nobody can use such a CRL, hence two findings.</summary>
    [Fact]
    [Requirement("CE-3")]
    public void Certificate_issuer_in_a_CRL_that_is_not_indirect_is_found()
    {
        IReadOnlyList<string> findings = CrlLinting.Lint(WithEntry(new("0A01") { Extensions = [CertificateIssuer(isCritical: true)] }));
        Assert.Equal(2, findings.Count);
        Assert.StartsWith("RFC 5280 5.3.3: entry 1 (serial number 0A01): certificateIssuer is there,", findings[0], StringComparison.Ordinal);
        Assert.StartsWith("RFC 5280 5.2, 5.3: a critical extension (entry: 2.5.29.29,", findings[1], StringComparison.Ordinal);
    }

    /// <summary>Both are given by position, which must not slip.</summary>
    [Fact]
    public void Entry_is_named_by_its_place_and_serial_number()
    {
        var crl = new TestCrl { Entries = [new("0A01"), TestEntry.WithReason(1), TestEntry.WithReason(0) with { SerialHex = "00BEEF" }, new("0A03")] };
        Assert.StartsWith("RFC 5280 5.3.1: entry 3 (serial number BEEF): ", Assert.Single(CrlLinting.Lint(crl)), StringComparison.Ordinal);
    }

    [Fact]
    public void First_twenty_findings_are_kept_and_all_are_counted()
    {
        var crl = new TestCrl { Entries = [.. Enumerable.Repeat(TestEntry.WithReason(0), 1000)] };
        using var reader = new CrlReader(new MemoryStream(crl.Encode()));
        CrlLint lint = CrlLinting.Lint(reader, baseline: false);
        Assert.Equal(20, lint.Findings.Count);
        Assert.StartsWith("RFC 5280 5.3.1: entry 20 ", lint.Findings[19], StringComparison.Ordinal);
        Assert.Equal(1000, lint.FindingCount);
    }

    private static TestCrl WithEntry(TestEntry entry) => new() { Entries = [entry] };

    private static TestCrl OfAuthorities() => TestCrl.With(Scope("3003 8201FF")) with { Entries = [TestEntry.WithReason(5)] };

    private static TestExtension Scope(string hex) => Extension(TestCrl.IssuingDistributionPoint, hex, isCritical: true);

    /// <summary>freshestCRL of one distribution point.</summary>
    private static TestExtension Freshest(string point, bool isCritical = false)
    {
        int length = Convert.FromHexString(point.Replace(" ", "", StringComparison.Ordinal)).Length;
        return Extension(TestCrl.FreshestCrl, $"30{length + 2:X2}30{length:X2}{point}", isCritical);
    }

    private static TestExtension Access(string hex, bool isCritical = false) => Extension(TestCrl.AuthorityInfoAccess, hex, isCritical);

    private static TestExtension InvalidityDate(bool isCritical) => Extension("2.5.29.24", "180F32303236303130313030303030305A", isCritical);

    private static TestExtension CertificateIssuer(bool isCritical) => Extension("2.5.29.29", "3012A410300E310C300A06035504030C03616263", isCritical);

    private static TestExtension Extension(string oid, string hex, bool isCritical = false) =>
        new(oid, Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal)), isCritical);
}
