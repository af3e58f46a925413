using System.Security.Cryptography.X509Certificates;
using PkiCore.Status;
using PkiCore.X509;

namespace PkiCore.Tests.Crl;

/// <summary>CRLs by others: NIST PKITS sections 4.4, 4.14 and 4.15, where a test is about which certificates are revoked, and those of XiPKI.</summary>
public sealed class CrlStatusSourceVectorTests
{
    private static readonly DateTimeOffset s_now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("4.15.2, 4.15.5, 4.15.7: not on the list; 4.15.3, 4.15.4, 4.15.6: on it", "deltaCRLCA1Cert", "deltaCRLCA1CRL deltaCRLCA1deltaCRL", "02 KeyCompromise, 03 KeyCompromise, 05 KeyCompromise")]
    [InlineData("4.15.8, 4.15.9", "deltaCRLCA2Cert", "deltaCRLCA2CRL deltaCRLCA2deltaCRL", "02 KeyCompromise")]
    [InlineData("4.14.22, 4.14.23", "indirectCRLCA1Cert", "indirectCRLCA1CRL", "02 KeyCompromise")]
    [InlineData("4.14.15, 4.14.16", "onlySomeReasonsCA1Cert", "onlySomeReasonsCA1compromiseCRL onlySomeReasonsCA1otherreasonsCRL", "01 KeyCompromise, 02 CertificateHold")]
    [InlineData("4.14.19, 4.14.20, 4.14.21", "onlySomeReasonsCA4Cert", "onlySomeReasonsCA4compromiseCRL onlySomeReasonsCA4otherreasonsCRL", "02 KeyCompromise, 03 AffiliationChanged")]
    [Requirement("CX-5")]
    public async Task Listed_certificates_are_revoked(string tests, string authority, string names, string expected)
    {
        CrlPoll poll = await PollAsync(authority, "", names);

        Assert.True(poll.Text == expected, $"{tests}: {poll.Text}");
        Assert.Equal((StatusVerdict.Current, null), (poll.Verdict, poll.Last.Problem));
    }

    [Theory]
    [InlineData("4.14.24, 4.14.25", "indirectCRLCA2Cert", "indirectCRLCA1Cert", "indirectCRLCA1CRL", "")]
    [InlineData("4.14.28, 4.14.29", "indirectCRLCA3Cert", "indirectCRLCA3cRLIssuerCert", "indirectCRLCA3CRL indirectCRLCA3cRLIssuerCRL", "")]
    [InlineData("4.14.30", "indirectCRLCA4Cert", "indirectCRLCA4cRLIssuerCert", "indirectCRLCA4cRLIssuerCRL", "")]
    [Requirement("CE-3")]
    public async Task An_indirect_CRL_counts_for_another_authority(string tests, string authority, string crlIssuer, string names, string expected)
    {
        CrlPoll poll = await PollAsync(authority, crlIssuer, names);

        Assert.True(poll.Text == expected, $"{tests}: {poll.Text}");
        Assert.Equal(StatusVerdict.Current, poll.Verdict);
    }

    [Fact]
    [Requirement("CE-3")]
    public async Task Entries_of_an_indirect_CRL_belong_to_the_authority_that_was_named_last()
    {
        CrlPoll poll = await PollAsync("indirectCRLCA6Cert", "indirectCRLCA5Cert", "indirectCRLCA5CRL");

        string[] serials = [.. poll.Changes.Select(change => change.Serial.ToString())];
        Assert.Contains(SerialOf("InvalidcRLIssuerTest31EE"), serials);
        Assert.Contains(SerialOf("InvalidcRLIssuerTest32EE"), serials);
        Assert.DoesNotContain(SerialOf("ValidcRLIssuerTest33EE"), serials); // 07 is of another authority
        Assert.DoesNotContain("01", serials); // of the CRL's issuer
    }

    [Theory]
    [InlineData("4.15.1: no base", "deltaCRLIndicatorNoBaseCACert", "deltaCRLIndicatorNoBaseCACRL", "there is no complete CRL")]
    [InlineData("4.15.10: an expired base, to which the delta does not fit", "deltaCRLCA3Cert", "deltaCRLCA3CRL deltaCRLCA3deltaCRL", "has expired")]
    [InlineData("4.4.2: another issuer's", "WrongCRLCACert", "WrongCRLCACRL", "has no CRL")]
    [InlineData("4.4.4: bad signature", "BadCRLSignatureCACert", "BadCRLSignatureCACRL", "BadCRLSignatureCACRL.crl'")]
    [InlineData("4.4.5: bad name", "BadCRLIssuerNameCACert", "BadCRLIssuerNameCACRL", "has no CRL")]
    [InlineData("4.4.8: unknown critical entry extension", "UnknownCRLEntryExtensionCACert", "UnknownCRLEntryExtensionCACRL", "critical extension")]
    [InlineData("4.4.9: unknown critical extension", "UnknownCRLExtensionCACert", "UnknownCRLExtensionCACRL", "critical extension")]
    [InlineData("4.4.11: expired", "OldCRLnextUpdateCACert", "OldCRLnextUpdateCACRL", "has expired")]
    [InlineData("4.4.12: expired before 2000", "pre2000CRLnextUpdateCACert", "pre2000CRLnextUpdateCACRL", "has expired")]
    [InlineData("4.14.14: about attribute certificates", "onlyContainsAttributeCertsCACert", "onlyContainsAttributeCertsCACRL", "has no CRL")]
    [InlineData("4.7.4: may not sign CRLs", "keyUsageCriticalcRLSignFalseCACert", "keyUsageCriticalcRLSignFalseCACRL", "is not signed by")]
    [Requirement("CX-21")]
    public async Task A_CRL_that_does_not_count_is_no_state(string tests, string authority, string names, string problem)
    {
        CrlPoll poll = await PollAsync(authority, "", names);

        Assert.True(poll is { Verdict: StatusVerdict.Stale, Changes: [] }, tests);
        Assert.Contains(problem, poll.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_CRL_by_another_key_of_the_same_name_is_passed_over()
    {
        CrlPoll poll = await PollAsync("BasicSelfIssuedOldKeyCACert", "", "BasicSelfIssuedOldKeyCACRL BasicSelfIssuedOldKeySelfIssuedCertCRL");

        Assert.Equal((StatusVerdict.Current, null), (poll.Verdict, poll.Last.Problem));
    }

    [Fact]
    public async Task A_CRL_by_another_key_of_the_same_name_is_named_where_unlisted_certificates_are_good()
    {
        CrlPoll poll = await PollAsync("BasicSelfIssuedOldKeyCACert", "", "BasicSelfIssuedOldKeyCACRL BasicSelfIssuedOldKeySelfIssuedCertCRL", unlistedAreGood: true);

        Assert.Equal(StatusVerdict.Current, poll.Verdict);
        Assert.Contains("is passed over: it bears the name of", poll.Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("4.14.15, 4.14.16", "onlySomeReasonsCA1Cert", "onlySomeReasonsCA1compromiseCRL onlySomeReasonsCA1otherreasonsCRL", StatusVerdict.Current)]
    [InlineData("one of the two", "onlySomeReasonsCA1Cert", "onlySomeReasonsCA1compromiseCRL", StatusVerdict.Stale)]
    [InlineData("4.14.19: the parts have names of their own", "onlySomeReasonsCA4Cert", "onlySomeReasonsCA4compromiseCRL onlySomeReasonsCA4otherreasonsCRL", StatusVerdict.Stale)]
    public async Task Unlisted_certificates_are_good_when_the_CRLs_of_a_scope_tell_all_reasons(string tests, string authority, string names, StatusVerdict expected)
    {
        CrlPoll poll = await PollAsync(authority, "", names, unlistedAreGood: true);

        Assert.True(poll.Verdict == expected, $"{tests}: {poll.Problem}");
    }

    [Theory]
    [InlineData("revoked-certs", "FE Unspecified, FF KeyCompromise")]
    [InlineData("no-crlnumber", "FE Unspecified, FF KeyCompromise")]
    [InlineData("no-extensions", "FE Unspecified, FF KeyCompromise")]
    [InlineData("no-revoked-certs", "")]
    [InlineData("invaliditydate", "FF KeyCompromise")]
    public async Task CRLs_of_XiPKI_are_read_also_without_what_RFC_5280_demands(string name, string expected)
    {
        using X509Certificate2 certificate = X509CertificateLoader.LoadCertificate(Vectors.Bytes("xipki-crls/ca.crt"));
        await using var crls = new CrlPoller(Issuer.FromCertificate(certificate), s_now);
        crls.Write(Vectors.Bytes($"xipki-crls/{name}.crl"), "ca.crl");

        CrlPoll poll = await crls.PollAsync();

        Assert.Equal((expected, StatusVerdict.Current), (poll.Text, poll.Verdict));
        Assert.Equal((new DateTimeOffset(2021, 1, 8, 22, 35, 54, TimeSpan.Zero), new DateTimeOffset(2070, 12, 27, 22, 35, 54, TimeSpan.Zero)), (poll.Last.Watermark, poll.Last.ValidUntil!.Value));
        Assert.Equal(name == "invaliditydate", poll.Changes.Any(change => change.Status.InvalidityDate is not null));
    }

    private static async Task<CrlPoll> PollAsync(string authority, string crlIssuer, string names, bool unlistedAreGood = false)
    {
        using X509Certificate2 certificate = Certificate(authority);
        using X509Certificate2? other = crlIssuer.Length == 0 ? null : Certificate(crlIssuer);
        await using var crls = new CrlPoller(Issuer.FromCertificate(certificate), s_now);
        crls.Options.CrlIssuers = other is null ? [] : [other];
        crls.Options.UnlistedAreGood = unlistedAreGood;
        foreach (string name in names.Split(' '))
        {
            crls.Write(Vectors.Bytes($"nist-pkits/crls/{name}.crl"), $"{name}.crl");
        }

        return await crls.PollAsync();
    }

    private static string SerialOf(string name)
    {
        using X509Certificate2 certificate = Certificate(name);
        return certificate.SerialNumber;
    }

    private static X509Certificate2 Certificate(string name) => X509CertificateLoader.LoadCertificate(Vectors.Bytes($"nist-pkits/certs/{name}.crt"));
}
