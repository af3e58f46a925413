using PkiCore.Status;
using static PkiCore.Tests.Crl.Revoked;

namespace PkiCore.Tests.Crl;

/// <summary>An authority that lost its numbers and begins again at 1.</summary>
public sealed class CrlStatusSourceResetTests
{
    [Theory]
    [InlineData("ca.crl")] // in the place of the one before
    [InlineData("new.crl")] // beside it
    public async Task A_CRL_that_was_issued_after_the_end_of_the_one_before_is_used_whatever_its_number(string name)
    {
        await using var crls = new CrlPoller();
        await crls.PollAsync(crls.Full(500, Hold("01")));
        crls.Pass(TimeSpan.FromDays(2));

        CrlPoll poll = await crls.PollAsync(crls.Full(1, Hold("02")), name);
        CrlPoll later = await crls.PollAsync();

        Assert.Equal((StatusVerdict.Current, "01 good, 02 CertificateHold"), (poll.Verdict, poll.Text));
        Assert.Contains($"{name}' has number 1, and number 500 was there before: it is used because that one had expired", poll.Problem, StringComparison.Ordinal);
        Assert.Equal((StatusVerdict.Current, "", null), (later.Verdict, later.Text, later.Last.Problem));
    }

    [Fact]
    public async Task It_is_used_after_a_start_too_while_the_one_before_still_lies_there()
    {
        await using var crls = new CrlPoller();
        crls.Write(crls.Full(500, Hold("01")), "old.crl");
        crls.Write(crls.Delta(501, 500, Hold("03")), "old-delta.crl");
        crls.Pass(TimeSpan.FromDays(2));

        CrlPoll poll = await crls.PollAsync(crls.Full(1, Hold("02")));

        Assert.Equal((StatusVerdict.Current, "02 CertificateHold", null), (poll.Verdict, poll.Text, poll.Last.Problem));
    }

    [Fact]
    public async Task A_lower_number_is_refused_up_to_the_second_of_the_end_and_the_one_before_is_not_said_to_be_used()
    {
        await using var crls = new CrlPoller();
        SignedCrl before = crls.Full(500, Hold("01"));
        CrlPoll first = await crls.PollAsync(before);
        crls.Pass(TimeSpan.FromDays(2));

        CrlPoll poll = await crls.PollAsync(crls.Full(1) with { ThisUpdate = before.NextUpdate!.Value });

        Assert.Equal((StatusVerdict.Stale, "", first.Last.Position), (poll.Verdict, poll.Text, poll.Last.Position));
        Assert.Contains("number 500 was there before: it has expired, and a newer one has to come", poll.Problem, StringComparison.Ordinal);
        Assert.DoesNotContain("goes on to be used", poll.Problem, StringComparison.Ordinal);
    }
}
