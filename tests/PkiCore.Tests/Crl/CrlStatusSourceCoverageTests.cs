using PkiCore.Status;
using static PkiCore.Tests.Crl.Revoked;

namespace PkiCore.Tests.Crl;

/// <summary>Where what is not listed is good, the CRLs have to tell all: every scope, every reason.</summary>
public sealed class CrlStatusSourceCoverageTests
{
    private const string Compromise = "300483020560"; // keyCompromise, cACompromise
    private const string CompromiseOfUsers = "30078101FF83020560";
    private const string Others = "30058303071F80"; // all the others

    private static readonly string s_shard = SignedCrl.PointOf("http://crl.example/2.crl");

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_scope_whose_only_complete_CRL_is_of_the_future_is_a_fault_until_its_time_has_come(bool byList)
    {
        await using CrlPoller crls = Create(byList);
        crls.Write(crls.Full(1, Hold("01")));
        crls.Write(crls.Full(1, Compromised("02")) with { DistributionPoint = s_shard, ThisUpdate = crls.Now.AddSeconds(1) }, "2.crl");

        CrlPoll early = await crls.PollAsync();
        CrlPoll then = await crls.PollAsync();

        Assert.Equal((StatusVerdict.Stale, ""), (early.Verdict, early.Text));
        Assert.Contains("no complete CRL to be used with the scope of", early.Problem, StringComparison.Ordinal);
        Assert.Contains("2.crl' is as of", early.Problem, StringComparison.Ordinal);
        Assert.Equal(StatusVerdict.Current, then.Verdict);
        Assert.Contains("01 CertificateHold, 02 KeyCompromise", then.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_scope_with_nothing_but_a_delta_is_a_fault(bool byList)
    {
        await using CrlPoller crls = Create(byList);
        crls.Write(crls.Full(1, Hold("01")));
        crls.Write(crls.Delta(6, 5, Compromised("02")) with { DistributionPoint = s_shard }, "2-delta.crl");

        CrlPoll poll = await crls.PollAsync();

        Assert.Equal((StatusVerdict.Stale, ""), (poll.Verdict, poll.Text));
        Assert.Contains("no complete CRL to be used with the scope of", poll.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_unlisted_certificates_are_unknown_the_other_scopes_are_used_alone()
    {
        await using var crls = new CrlPoller();
        crls.Write(crls.Full(1, Hold("01")));
        crls.Write(crls.Full(1, Compromised("02")) with { DistributionPoint = s_shard, ThisUpdate = crls.Now.AddHours(1) }, "2.crl");
        crls.Write(crls.Full(1, Compromised("03")) with { DistributionPoint = Compromise }, "3.crl");

        CrlPoll poll = await crls.PollAsync();

        Assert.Equal((StatusVerdict.Current, "01 CertificateHold, 03 KeyCompromise"), (poll.Verdict, poll.Text));
    }

    [Theory]
    [InlineData("some reasons alone", StatusVerdict.Stale, Compromise)]
    [InlineData("the others alone", StatusVerdict.Stale, Others)]
    [InlineData("all in two parts", StatusVerdict.Current, Compromise, Others)]
    [InlineData("the others of all certificates", StatusVerdict.Current, CompromiseOfUsers, Others, Compromise)]
    [InlineData("some of users, the others of all", StatusVerdict.Stale, CompromiseOfUsers, Others)]
    [InlineData("some besides a CRL about everything", StatusVerdict.Current, Compromise, "")]
    [Requirement("CX-16")]
    public async Task The_reasons_of_a_scope_have_to_add_up_to_all(string description, StatusVerdict expected, params string[] points)
    {
        await using CrlPoller crls = Create(byList: false);
        foreach ((int index, string point) in points.Index())
        {
            crls.Write(crls.Full(1) with { DistributionPoint = point.Length == 0 ? null : point }, $"{index}.crl");
        }

        CrlPoll poll = await crls.PollAsync();

        Assert.True(poll.Verdict == expected, $"{description}: {poll.Problem}");
        Assert.Equal(expected == StatusVerdict.Stale, poll.Problem.Contains("is about some reasons only, and no CRL of its scope tells of", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_reasons_of_another_shard_do_not_count()
    {
        await using CrlPoller crls = Create(byList: false);
        crls.Write(crls.Full(1) with { DistributionPoint = WithReasons("http://crl.example/1.crl", "83020560") }, "1.crl");
        crls.Write(crls.Full(1) with { DistributionPoint = WithReasons("http://crl.example/2.crl", "8303071F80") }, "2.crl");
        CrlPoll apart = await crls.PollAsync();
        crls.Write(crls.Full(1) with { DistributionPoint = WithReasons("http://crl.example/2.crl", "83020560") }, "3.crl");
        crls.Write(crls.Full(1) with { DistributionPoint = WithReasons("http://crl.example/1.crl", "8303071F80") }, "4.crl");

        CrlPoll together = await crls.PollAsync();

        Assert.Equal((StatusVerdict.Stale, StatusVerdict.Current), (apart.Verdict, together.Verdict));
        Assert.Contains("1.crl' is about some reasons only", apart.Problem, StringComparison.Ordinal);
    }

    private static string WithReasons(string uri, string reasons)
    {
        byte[] point = Convert.FromHexString(SignedCrl.PointOf(uri));
        return $"30{point.Length - 2 + (reasons.Length / 2):X2}{Convert.ToHexString(point.AsSpan(2))}{reasons}";
    }

    private static CrlPoller Create(bool byList)
    {
        var crls = new CrlPoller();
        crls.Options.UnlistedAreGood = !byList;
        if (byList)
        {
            crls.Options.IssuedSerialsFile = crls.File("issued.txt");
            crls.Write("0A\n"u8.ToArray(), "issued.txt");
        }

        return crls;
    }
}
