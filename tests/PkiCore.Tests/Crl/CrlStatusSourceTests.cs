using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using PkiCore.Crl.Issuing;
using PkiCore.Crl;
using PkiCore.Status;

namespace PkiCore.Tests.Crl;

public sealed class CrlStatusSourceTests
{
    [Fact]
    public async Task The_first_reading_is_the_complete_state_as_of_thisUpdate_until_nextUpdate()
    {
        await using var crls = new CrlPoller();
        SignedCrl crl = crls.Full(1, Revoked.Compromised("01"), Revoked.Hold("02")) with { ThisUpdate = crls.Now.AddDays(-3) };
        crls.Path = crls.File("ca.crl");

        CrlPoll poll = await crls.PollAsync(crl);

        Assert.Equal("01 KeyCompromise, 02 CertificateHold", poll.Text);
        Assert.Equal((StatusBatchKind.CompleteStateEnd, StatusVerdict.Current, null), (poll.Last.Kind, poll.Verdict, poll.Last.Problem));
        Assert.Equal((crl.ThisUpdate, crl.NextUpdate), (poll.Last.Watermark, poll.Last.ValidUntil));
        Assert.False(poll.Last.UnnamedAreGood);
        Assert.All(poll.Changes, change => Assert.Equal(DateTimeOffset.MaxValue, change.NotAfter));
    }

    [Fact]
    public async Task What_an_entry_says_is_delivered()
    {
        await using var crls = new CrlPoller();
        var entry = new Revoked("FF", X509RevocationReason.Superseded) { InvalidityDate = new DateTimeOffset(2025, 11, 1, 0, 0, 0, TimeSpan.Zero) };

        StatusChange change = Assert.Single((await crls.PollAsync(crls.Full(1, entry))).Changes);

        Assert.Equal(new CertificateStatus(entry.Date, entry.Reason, entry.InvalidityDate), change.Status);
        Assert.Equal("FF", change.Serial.ToString());
    }

    [Fact]
    public async Task A_large_state_comes_in_parts_of_which_only_the_last_has_the_position()
    {
        await using var crls = new CrlPoller();
        Revoked[] entries = [.. Enumerable.Range(0x1000, 1200).Select(serial => Revoked.Compromised($"{serial:X}"))];

        CrlPoll poll = await crls.PollAsync(crls.Full(1, entries));

        Assert.Equal([StatusBatchKind.CompleteState, StatusBatchKind.CompleteState, StatusBatchKind.CompleteStateEnd], poll.Batches.Select(batch => batch.Kind));
        Assert.All(poll.Batches.SkipLast(1), batch => Assert.Null(batch.Position.Value));
        Assert.NotNull(poll.Last.Position.Value);
        Assert.Equal(entries.Select(entry => entry.Serial), poll.Changes.Select(change => change.Serial.ToString()));
    }

    [Fact]
    public async Task Nothing_new_is_an_empty_batch_with_the_same_times()
    {
        await using var crls = new CrlPoller();
        StatusBatch first = (await crls.PollAsync(crls.Full(1, Revoked.Hold("01")))).Last;

        for (int i = 0; i < 5; i++)
        {
            StatusBatch next = Assert.Single((await crls.PollAsync()).Batches);

            Assert.Empty(next.Changes);
            Assert.Equal(
                (StatusBatchKind.Changes, StatusVerdict.Current, first.Watermark, first.ValidUntil, first.Position),
                (next.Kind, next.Verdict, next.Watermark, next.ValidUntil, next.Position));
        }
    }

    [Fact]
    public async Task A_new_CRL_brings_the_difference()
    {
        await using var crls = new CrlPoller();
        CrlPoll first = await crls.PollAsync(crls.Full(1, Revoked.Hold("01"), Revoked.Hold("02"), Revoked.Hold("03"), Revoked.Compromised("04"), Revoked.Compromised("05")));
        crls.Pass(TimeSpan.FromMinutes(1));
        SignedCrl next = crls.Full(2, Revoked.Compromised("06"), Revoked.Compromised("02"), Revoked.Hold("03"), Revoked.Compromised("04"));

        CrlPoll poll = await crls.PollAsync(next);

        // 01 is released, 02 is revoked for good, 03 and 04 are as they were, 05 has left the list and stays revoked (rule 3)
        Assert.Equal("01 good, 02 KeyCompromise, 06 KeyCompromise", poll.Text);
        Assert.Equal((StatusBatchKind.Changes, StatusVerdict.Current, next.ThisUpdate, next.NextUpdate), (poll.Last.Kind, poll.Verdict, poll.Last.Watermark, poll.Last.ValidUntil));
        Assert.NotEqual(first.Last.Position, poll.Last.Position);
    }

    [Fact]
    public async Task A_large_difference_moves_the_watermark_only_with_its_last_part()
    {
        await using var crls = new CrlPoller();
        CrlPoll first = await crls.PollAsync(crls.Full(1));
        crls.Pass(TimeSpan.FromMinutes(1));
        SignedCrl next = crls.Full(2, [.. Enumerable.Range(0x1000, 1200).Select(serial => Revoked.Compromised($"{serial:X}"))]);

        CrlPoll poll = await crls.PollAsync(next);

        Assert.Equal(3, poll.Batches.Count);
        Assert.Equal(1200, poll.Changes.Count);
        Assert.All(poll.Batches.SkipLast(1), batch => Assert.Equal((StatusVerdict.Stale, first.Last.Watermark, null), (batch.Verdict, batch.Watermark, batch.Position.Value)));
        Assert.Equal((StatusVerdict.Current, next.ThisUpdate), (poll.Verdict, poll.Last.Watermark));
    }

    [Fact]
    public async Task A_hold_that_comes_again_is_told_again()
    {
        await using var crls = new CrlPoller();
        await crls.PollAsync(crls.Full(1, Revoked.Hold("01")));

        Assert.Equal("01 good", (await crls.PollAsync(crls.Full(2))).Text);
        Assert.Equal("01 CertificateHold", (await crls.PollAsync(crls.Full(3, Revoked.Hold("01")))).Text);
    }

    [Fact]
    public async Task From_its_own_position_a_restart_begins_with_no_changes_and_goes_on_with_the_difference()
    {
        await using var crls = new CrlPoller();
        CrlPoll first = await crls.PollAsync(crls.Full(1, Revoked.Hold("01")));

        CrlPoll again = await crls.RestartAsync(first.Last.Position);

        Assert.Empty(again.Changes);
        Assert.Equal(
            (StatusBatchKind.Changes, StatusVerdict.Current, first.Last.Watermark, first.Last.ValidUntil, first.Last.Position),
            (again.Last.Kind, again.Verdict, again.Last.Watermark, again.Last.ValidUntil, again.Last.Position));
        Assert.Equal("01 good", (await crls.PollAsync(crls.Full(2))).Text);
    }

    [Fact]
    public async Task The_position_names_the_CRLs_wherever_they_lie()
    {
        await using var crls = new CrlPoller();
        CrlPoll first = await crls.PollAsync(crls.Full(1, Revoked.Hold("01")));
        File.Move(crls.File("ca.crl"), crls.File("other.crl"));

        Assert.Equal(StatusBatchKind.Changes, (await crls.RestartAsync(first.Last.Position)).Last.Kind);
    }

    [Theory]
    [InlineData("crl1:00")]
    [InlineData("index1:1:2:3:4:1")]
    [InlineData("")]
    [InlineData(null)]
    public async Task From_another_position_the_complete_state_is_told(string? position)
    {
        await using var crls = new CrlPoller();
        crls.Write(crls.Full(1, Revoked.Hold("01")));

        CrlPoll poll = await crls.RestartAsync(new SourcePosition(position));

        Assert.Equal(StatusBatchKind.CompleteStateEnd, poll.Last.Kind);
        Assert.Equal("01 CertificateHold", poll.Text);
    }

    [Fact]
    public async Task After_a_new_CRL_a_restart_tells_the_complete_state()
    {
        await using var crls = new CrlPoller();
        CrlPoll first = await crls.PollAsync(crls.Full(1, Revoked.Hold("01")));
        crls.Write(crls.Full(2, Revoked.Hold("01"), Revoked.Hold("02")));

        CrlPoll poll = await crls.RestartAsync(first.Last.Position);

        Assert.Equal((StatusBatchKind.CompleteStateEnd, "01 CertificateHold, 02 CertificateHold"), (poll.Last.Kind, poll.Text));
    }

    [Fact]
    public async Task That_unlisted_certificates_are_good_is_said_only_by_the_settings_and_is_part_of_the_position()
    {
        await using var crls = new CrlPoller();
        CrlPoll silent = await crls.PollAsync(crls.Full(1, Revoked.Hold("01")));
        crls.Options.UnlistedAreGood = true;

        CrlPoll poll = await crls.RestartAsync(silent.Last.Position);

        Assert.Equal((StatusBatchKind.CompleteStateEnd, true), (poll.Last.Kind, poll.Last.UnnamedAreGood));
        Assert.True((await crls.PollAsync()).Last.UnnamedAreGood);
    }

    [Fact]
    public async Task A_CRL_in_PEM_is_read()
    {
        await using var crls = new CrlPoller();
        crls.Write(System.Text.Encoding.ASCII.GetBytes(PemEncoding.WriteString("X509 CRL", crls.Full(1, Revoked.Hold("01")).Sign(crls.Authority))), "ca.crl");

        Assert.Equal("01 CertificateHold", (await crls.PollAsync()).Text);
    }

    [Fact]
    public async Task A_serial_number_that_nobody_can_ask_for_is_passed_over()
    {
        await using var crls = new CrlPoller();
        string longest = "FF" + new string('1', 38);

        CrlPoll poll = await crls.PollAsync(crls.Full(1, Revoked.Hold(longest), Revoked.Hold("01" + longest), Revoked.Hold("01")));

        Assert.Equal($"01 CertificateHold, {longest} CertificateHold", poll.Text);
        Assert.Equal(StatusVerdict.Current, poll.Verdict);
    }

    [Fact]
    public void Settings_that_make_no_sense_are_refused()
    {
        using Serving.TestAuthority authority = CrlPoller.CreateAuthority("CN=Test CA");

        Assert.Throws<ArgumentOutOfRangeException>(() => new CrlStatusSource(authority.Issuer, "ca.crl", new CrlStatusSourceOptions { PollInterval = TimeSpan.Zero }));
        Assert.Throws<ArgumentException>(() => new CrlStatusSource(authority.Issuer, ""));
        Assert.Throws<ArgumentNullException>(() => new CrlStatusSource(null!, "ca.crl"));
    }
}
