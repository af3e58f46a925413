using PkiCore.Status;
using static PkiCore.Tests.Crl.Revoked;

namespace PkiCore.Tests.Crl;

/// <summary>Which delta CRL is combined with which base, and what comes of it (RFC 5280 5.2.4).</summary>
public sealed class CrlStatusSourceDeltaTests
{
    [Fact]
    [Requirement("CX-5")]
    public async Task A_delta_is_combined_with_its_base_and_gives_the_times()
    {
        await using var crls = new CrlPoller();
        crls.Write(crls.Full(5, Compromised("01"), Hold("02"), Hold("03"), Compromised("04")));
        crls.Pass(TimeSpan.FromMinutes(30));
        SignedCrl delta = crls.Delta(6, 5, Removed("02"), Compromised("03"), Removed("04"), Removed("05"), Hold("06"));
        crls.Write(delta, "delta.crl");

        CrlPoll poll = await crls.PollAsync();

        Assert.Equal("01 KeyCompromise, 03 KeyCompromise, 06 CertificateHold", poll.Text);
        Assert.Equal((StatusVerdict.Current, null, delta.ThisUpdate, delta.NextUpdate), (poll.Verdict, poll.Last.Problem, poll.Last.Watermark, poll.Last.ValidUntil));
    }

    [Fact]
    public async Task A_delta_that_comes_later_brings_the_difference()
    {
        await using var crls = new CrlPoller();
        await crls.PollAsync(crls.Full(5, Compromised("01"), Hold("02"), Compromised("03")));
        crls.Pass(TimeSpan.FromMinutes(30));

        CrlPoll poll = await crls.PollAsync(crls.Delta(6, 5, Removed("02"), Removed("03"), Compromised("04")), "delta.crl");

        Assert.Equal("02 good, 04 KeyCompromise", poll.Text); // 03 was revoked for good and stays so
        Assert.Equal(StatusBatchKind.Changes, poll.Last.Kind);
    }

    [Theory]
    [InlineData("the base is the very one", 5, 6, 5, true)]
    [InlineData("the base is newer than need be", 8, 9, 5, true)]
    [InlineData("the base is older than need be", 4, 6, 5, false)]
    [Requirement("CX-5")]
    public async Task A_delta_needs_a_base_of_its_base_number_or_later(string description, int baseNumber, int deltaNumber, int deltaBaseNumber, bool isUsed)
    {
        await using var crls = new CrlPoller();
        crls.Write(crls.Full(baseNumber, Hold("01")));
        crls.Write(crls.Delta(deltaNumber, deltaBaseNumber, Hold("02")), "delta.crl");

        CrlPoll poll = await crls.PollAsync();

        Assert.True(poll.Text == (isUsed ? "01 CertificateHold, 02 CertificateHold" : "01 CertificateHold"), description);
        Assert.Equal(isUsed, !poll.Problem.Contains("delta.crl", StringComparison.Ordinal));
        Assert.Equal(StatusVerdict.Current, poll.Verdict);
    }

    [Theory]
    [InlineData(7)] // issued together: it says the same
    [InlineData(6)]
    [Requirement("CX-5")]
    public async Task A_delta_that_is_not_newer_than_the_base_adds_nothing_and_is_no_problem(int number)
    {
        await using var crls = new CrlPoller();
        SignedCrl full = crls.Full(7, Hold("01"));
        crls.Write(full);
        crls.Write(crls.Delta(number, 5, Removed("01"), Hold("02")), "delta.crl");

        CrlPoll poll = await crls.PollAsync();

        Assert.Equal(("01 CertificateHold", null, full.NextUpdate), (poll.Text, poll.Last.Problem, poll.Last.ValidUntil));
    }

    [Fact]
    [Requirement("CX-5")]
    public async Task A_delta_of_another_scope_is_not_combined()
    {
        await using var crls = new CrlPoller();
        crls.Write(crls.Full(5, Hold("01")) with { DistributionPoint = SignedCrl.PointOf("http://a.example/1.crl") });
        crls.Write(crls.Delta(6, 5, Removed("01")) with { DistributionPoint = SignedCrl.PointOf("http://a.example/2.crl") }, "other.crl");
        crls.Write(crls.Delta(6, 5, Removed("01")), "none.crl");

        CrlPoll poll = await crls.PollAsync();

        Assert.Equal("01 CertificateHold", poll.Text);
        Assert.Contains("other.crl", poll.Problem, StringComparison.Ordinal);
        Assert.Contains("none.crl", poll.Problem, StringComparison.Ordinal);
    }

    [Fact]
    [Requirement("CX-5")]
    public async Task A_delta_of_the_same_scope_is_combined_in_that_scope_alone()
    {
        await using var crls = new CrlPoller();
        string one = SignedCrl.PointOf("http://a.example/1.crl");
        crls.Write(crls.Full(5, Hold("01"), Hold("02")) with { DistributionPoint = one }, "1.crl");
        crls.Write(crls.Full(5, Hold("01"), Hold("03")) with { DistributionPoint = SignedCrl.PointOf("http://a.example/2.crl") }, "2.crl");
        crls.Write(crls.Delta(6, 5, Removed("01"), Removed("02"), Removed("03")) with { DistributionPoint = one }, "1-delta.crl");

        CrlPoll poll = await crls.PollAsync();

        Assert.Equal(("01 CertificateHold, 03 CertificateHold", null), (poll.Text, poll.Last.Problem));
    }

    [Fact]
    public async Task A_delta_without_number_or_to_a_base_without_number_is_not_combined()
    {
        await using var crls = new CrlPoller();
        crls.Write(crls.Full(5, Hold("01")));
        crls.Write(crls.Delta(6, 5, Removed("01")) with { Number = null }, "delta.crl");
        Assert.Contains("delta.crl", (await crls.PollAsync()).Problem, StringComparison.Ordinal);

        crls.Write(crls.Full(5, Hold("01")) with { Number = null });
        crls.Write(crls.Delta(6, 5, Removed("01")), "delta.crl");
        CrlPoll poll = await crls.RestartAsync(default);

        Assert.Equal("01 CertificateHold", poll.Text);
        Assert.Contains("the base has no CRL number", poll.Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("A1", "A1", true)]
    [InlineData("A1", "A2", false)]
    [InlineData("A1", null, false)]
    [InlineData(null, "A2", false)]
    [Requirement("CX-4")]
    public async Task A_delta_is_combined_with_a_base_by_the_same_key_only(string? baseKey, string? deltaKey, bool isUsed)
    {
        await using var crls = new CrlPoller();
        crls.Write(crls.Full(5, Hold("01")) with { AuthorityKey = baseKey });
        crls.Write(crls.Delta(6, 5, Hold("02")) with { AuthorityKey = deltaKey }, "delta.crl");

        CrlPoll poll = await crls.PollAsync();

        Assert.Equal((StatusVerdict.Current, isUsed ? "01 CertificateHold, 02 CertificateHold" : "01 CertificateHold"), (poll.Verdict, poll.Text));
        Assert.Equal(!isUsed, poll.Problem.Contains("delta.crl' is not used", StringComparison.Ordinal) && poll.Problem.Contains("the authority key identifiers are not the same", StringComparison.Ordinal));
    }

    [Fact]
    public async Task In_one_delta_a_revocation_prevails_over_a_removal_whichever_comes_first()
    {
        await using var crls = new CrlPoller();
        crls.Write(crls.Full(5, Hold("01"), Hold("02"), Hold("03"), Hold("04"), Hold("05")));
        Revoked[] entries =
        [
            Hold("01"), Removed("01"),
            Removed("02"), Hold("02"),
            Compromised("03"), Removed("03"),
            Removed("04"), Compromised("04"),
            Removed("05"), Removed("05"),
        ];

        CrlPoll poll = await crls.PollAsync(crls.Delta(6, 5, entries), "delta.crl");

        Assert.Equal("01 CertificateHold, 02 CertificateHold, 03 KeyCompromise, 04 KeyCompromise", poll.Text);
    }

    [Fact]
    public async Task A_delta_without_any_base_is_no_state()
    {
        await using var crls = new CrlPoller();

        CrlPoll poll = await crls.PollAsync(crls.Delta(6, 5, Hold("01")), "delta.crl");

        Assert.Equal((StatusVerdict.Stale, ""), (poll.Verdict, poll.Text));
        Assert.Contains("delta.crl", poll.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_several_the_newest_are_combined()
    {
        await using var crls = new CrlPoller();
        crls.Write(crls.Full(9, Hold("09")), "9.crl");
        crls.Write(crls.Full(10, Hold("0A")), "10.crl");
        crls.Write(crls.Delta(11, 9, Hold("0B")), "11.crl");
        crls.Write(crls.Delta(12, 9, Hold("0C")), "12.crl");
        crls.Write(crls.Delta(13, 12, Hold("0D")), "13.crl");

        CrlPoll poll = await crls.PollAsync();

        Assert.Equal("0A CertificateHold, 0C CertificateHold", poll.Text);
        Assert.Contains("13.crl", poll.Problem, StringComparison.Ordinal);
        Assert.DoesNotContain("11.crl", poll.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_next_base_takes_the_place_of_base_and_delta()
    {
        await using var crls = new CrlPoller();
        crls.Write(crls.Full(5, Hold("01"), Hold("02")));
        await crls.PollAsync(crls.Delta(6, 5, Removed("01"), Hold("03")), "delta.crl");
        SignedCrl next = crls.Full(7, Hold("02"), Compromised("03"));

        CrlPoll poll = await crls.PollAsync(next);

        Assert.Equal(("03 KeyCompromise", null, next.NextUpdate), (poll.Text, poll.Last.Problem, poll.Last.ValidUntil));
    }

    [Fact]
    public async Task A_delta_that_is_gone_before_a_new_base_comes_goes_on_to_be_used()
    {
        await using var crls = new CrlPoller();
        crls.Write(crls.Full(5, Hold("01")));
        CrlPoll first = await crls.PollAsync(crls.Delta(6, 5, Removed("01"), Hold("03")), "delta.crl");
        crls.Delete("delta.crl");

        CrlPoll poll = await crls.PollAsync();

        Assert.Equal((StatusVerdict.Stale, "", first.Last.Position), (poll.Verdict, poll.Text, poll.Last.Position));
        Assert.Contains("number 5, and number 6 was there before", poll.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_its_delta_the_base_has_expired_too()
    {
        await using var crls = new CrlPoller();
        crls.Write(crls.Full(5, Hold("01")));
        await crls.PollAsync(crls.Delta(6, 5, Hold("02")), "delta.crl");
        crls.Pass(TimeSpan.FromHours(1));

        CrlPoll poll = await crls.PollAsync();

        Assert.Equal(StatusVerdict.Stale, poll.Verdict);
        Assert.Contains("delta.crl", poll.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_base_that_has_expired_holds_on_with_its_delta()
    {
        await using var crls = new CrlPoller();
        crls.Write(crls.Full(5, Hold("01")) with { NextUpdate = crls.Now.AddMinutes(10) });
        crls.Pass(TimeSpan.FromMinutes(30));

        CrlPoll poll = await crls.PollAsync(crls.Delta(6, 5, Hold("02")), "delta.crl");

        Assert.Equal((StatusVerdict.Current, "01 CertificateHold, 02 CertificateHold"), (poll.Verdict, poll.Text));
    }

    [Fact]
    public async Task A_complete_CRL_with_removeFromCRL_is_refused()
    {
        await using var crls = new CrlPoller();

        CrlPoll poll = await crls.PollAsync(crls.Full(5, Hold("01"), Removed("02")));

        Assert.Equal((StatusVerdict.Stale, ""), (poll.Verdict, poll.Text));
        Assert.Contains("entry 2 has the reason removeFromCRL", poll.Problem, StringComparison.Ordinal);
    }
}
