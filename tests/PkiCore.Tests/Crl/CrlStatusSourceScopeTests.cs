using PkiCore.Status;
using PkiCore.Tests.Serving;
using static PkiCore.Tests.Crl.Revoked;

namespace PkiCore.Tests.Crl;

/// <summary>Several CRLs in a directory: shards, scopes, CRL issuers, strangers.</summary>
public sealed class CrlStatusSourceScopeTests
{
    private const string Indirect = "30038401FF";
    private const string AttributeCertificates = "30038501FF";

    [Fact]
    public async Task Shards_are_taken_together_and_hold_from_the_earliest_thisUpdate_to_the_earliest_nextUpdate()
    {
        await using var crls = new CrlPoller();
        DateTimeOffset now = crls.Now;
        crls.Write(Shard(crls, 1, Hold("01")) with { ThisUpdate = now.AddHours(-1), NextUpdate = now.AddHours(9) }, "1.crl");
        crls.Write(Shard(crls, 2, Hold("02")) with { ThisUpdate = now.AddHours(-3), NextUpdate = now.AddHours(8) }, "2.crl");
        crls.Write(Shard(crls, 3) with { ThisUpdate = now.AddHours(-2), NextUpdate = now.AddHours(7) }, "3.crl");

        CrlPoll poll = await crls.PollAsync();

        Assert.Equal(("01 CertificateHold, 02 CertificateHold", null), (poll.Text, poll.Last.Problem));
        Assert.Equal((now.AddHours(-3), now.AddHours(7)), (poll.Last.Watermark, poll.Last.ValidUntil));
    }

    [Fact]
    public async Task A_new_shard_changes_its_own_certificates_alone()
    {
        await using var crls = new CrlPoller();
        crls.Write(Shard(crls, 1, Hold("01")), "1.crl");
        await crls.PollAsync(Shard(crls, 2, Hold("02")), "2.crl");

        CrlPoll poll = await crls.PollAsync(Shard(crls, 2, Hold("03")) with { Number = 8 }, "2.crl");

        Assert.Equal("02 good, 03 CertificateHold", poll.Text);
    }

    [Fact]
    public async Task A_shard_that_is_gone_is_missed_and_nothing_is_released()
    {
        await using var crls = new CrlPoller();
        crls.Write(Shard(crls, 1, Hold("01")), "1.crl");
        CrlPoll first = await crls.PollAsync(Shard(crls, 2, Hold("02")), "2.crl");
        crls.Delete("2.crl");

        CrlPoll poll = await crls.PollAsync();

        Assert.Equal((StatusVerdict.Stale, "", first.Last.Position), (poll.Verdict, poll.Text, poll.Last.Position));
        Assert.Contains("2.crl' is gone", poll.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task After_its_time_a_scope_that_is_gone_is_missed_no_longer_but_its_holds_are_not_released()
    {
        await using var crls = new CrlPoller();
        crls.Write(Shard(crls, 1, Hold("01"), Hold("02")), "1.crl");
        await crls.PollAsync();
        crls.Delete("1.crl");
        crls.Pass(TimeSpan.FromDays(1));

        CrlPoll poll = await crls.PollAsync(crls.Full(9, Hold("02"), Hold("03")), "ca.crl");

        Assert.Equal((StatusVerdict.Current, "03 CertificateHold"), (poll.Verdict, poll.Text));
        Assert.Equal("03 good", (await crls.PollAsync(crls.Full(10, Hold("02")), "ca.crl")).Text);
    }

    [Theory]
    [InlineData("1.crl", "2.crl")]
    [InlineData("2.crl", "1.crl")]
    public async Task Of_two_entries_for_one_certificate_the_one_for_good_counts(string held, string compromised)
    {
        await using var crls = new CrlPoller();
        crls.Write(Shard(crls, 1, Hold("01")), held);
        crls.Write(Shard(crls, 2, Compromised("01")), compromised);

        Assert.Equal("01 KeyCompromise", (await crls.PollAsync()).Text);
    }

    [Fact]
    public async Task A_certificate_that_one_CRL_names_twice_is_revoked_for_good_if_one_entry_says_so()
    {
        await using var crls = new CrlPoller();

        Assert.Equal("01 KeyCompromise", (await crls.PollAsync(crls.Full(1, Hold("01"), Compromised("01"), Hold("01")))).Text);
    }

    [Fact]
    public async Task CRLs_of_others_and_about_attribute_certificates_are_passed_over()
    {
        await using var crls = new CrlPoller();
        using TestAuthority other = CrlPoller.CreateAuthority("CN=Other CA");
        crls.Write(crls.Full(1, Hold("01")));
        crls.Write(crls.Full(9, Hold("02")), "other.crl", other);
        crls.Write(crls.Full(9, Hold("03")) with { DistributionPoint = AttributeCertificates }, "attributes.crl");
        File.WriteAllText(crls.File("readme.txt"), "no CRL");

        CrlPoll poll = await crls.PollAsync();

        Assert.Equal((StatusVerdict.Current, "01 CertificateHold", null), (poll.Verdict, poll.Text, poll.Last.Problem));
    }

    [Fact]
    public async Task A_single_CRL_of_somebody_else_is_no_state()
    {
        await using var crls = new CrlPoller();
        using TestAuthority other = CrlPoller.CreateAuthority("CN=Other CA");
        crls.Write(crls.Full(1, Hold("01")), authority: other);
        crls.Path = crls.File("ca.crl");

        CrlPoll poll = await crls.PollAsync();

        Assert.Equal((StatusVerdict.Stale, ""), (poll.Verdict, poll.Text));
        Assert.Contains("has no CRL that may be used, with the name and key of CN=Test CA", poll.Problem, StringComparison.Ordinal);
    }

    [Fact]
    [Requirement("CE-3", "T-21")]
    public async Task Of_an_indirect_CRL_the_entries_of_the_issuer_count_and_the_name_sticks()
    {
        await using var crls = new CrlPoller();
        using TestAuthority crlIssuer = CrlPoller.CreateAuthority("CN=CRL issuer");
        crls.Options.CrlIssuers = [crlIssuer.Certificate];
        Revoked[] entries =
        [
            Hold("01"), // of the CRL issuer
            Hold("02") with { Issuer = "CN=Test CA" }, Hold("03"),
            Hold("04") with { Issuer = "CN=Third CA" }, Hold("05"),
            Hold("06") with { Issuer = "CN=Test CA" },
        ];
        crls.Write(crls.Full(1, entries) with { DistributionPoint = Indirect }, authority: crlIssuer);

        CrlPoll poll = await crls.PollAsync();

        Assert.Equal(("02 CertificateHold, 03 CertificateHold, 06 CertificateHold", StatusVerdict.Current), (poll.Text, poll.Verdict));
    }

    [Fact]
    public async Task An_entry_of_an_indirect_CRL_that_only_repeats_the_name_is_no_change()
    {
        await using var crls = new CrlPoller();
        using TestAuthority crlIssuer = CrlPoller.CreateAuthority("CN=CRL issuer");
        crls.Options.CrlIssuers = [crlIssuer.Certificate];
        SignedCrl crl = crls.Full(1, Hold("01") with { Issuer = "CN=Test CA" }, Hold("02")) with { DistributionPoint = Indirect };
        crls.Write(crl, authority: crlIssuer);
        await crls.PollAsync();
        crls.Write(crl with { Number = 2, Entries = [Hold("02") with { Issuer = "CN=Test CA" }, Hold("01"), Hold("03")] }, authority: crlIssuer);

        Assert.Equal("03 CertificateHold", (await crls.PollAsync()).Text);
    }

    [Fact]
    public async Task A_direct_CRL_of_a_CRL_issuer_is_about_its_own_certificates()
    {
        await using var crls = new CrlPoller();
        using TestAuthority crlIssuer = CrlPoller.CreateAuthority("CN=CRL issuer");
        crls.Options.CrlIssuers = [crlIssuer.Certificate];
        crls.Write(crls.Full(1, Hold("01")), "direct.crl", crlIssuer);
        crls.Write(crls.Full(1, Hold("02")));

        Assert.Equal("02 CertificateHold", (await crls.PollAsync()).Text);
    }

    [Fact]
    public async Task A_key_for_CRLs_alone_with_the_name_of_the_issuer_counts_when_it_is_named()
    {
        await using var crls = new CrlPoller();
        using TestAuthority crlKey = CrlPoller.CreateAuthority("CN=Test CA");
        crls.Options.CrlIssuers = [crlKey.Certificate];
        crls.Write(crls.Full(1, Hold("01")), authority: crlKey);

        Assert.Equal("01 CertificateHold", (await crls.PollAsync()).Text);
    }

    private static SignedCrl Shard(CrlPoller crls, int number, params Revoked[] entries) =>
        crls.Full(7, entries) with { DistributionPoint = SignedCrl.PointOf($"http://crl.example/{number}.crl") };
}
