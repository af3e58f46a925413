using PkiCore.Serving;
using PkiCore.Status;
using static PkiCore.Tests.Serving.TestRig;

namespace PkiCore.Tests.Serving;

/// <summary>How what a source says comes into the answers.</summary>
public sealed class SourceReceptionTests
{
    [Fact]
    public async Task Before_the_source_is_read_every_answer_is_try_later()
    {
        await using var rig = new TestRig(new OcspResponderOptions { UnknownSerial = UnknownSerialPolicy.Unknown });
        Task started = rig.Responder.StartAsync(TestContext.Current.CancellationToken);

        Assert.Equal(OcspOutcome.TryLater, rig.Answer("01").Outcome);
        await rig.DeliverAsync(StatusBatchKind.CompleteState, StatusVerdict.Current, Good("01"));
        Assert.Equal(OcspOutcome.TryLater, (await rig.AskAsync("01")).Outcome);
        Assert.Equal(OcspOutcome.TryLater, (await rig.AskAsync("02")).Outcome);
        Assert.False(started.IsCompleted);

        await rig.DeliverStateAsync();
        await started;
        Assert.Equal(OcspOutcome.Good, (await rig.AskAsync("01")).Outcome);
        Assert.Equal(OcspOutcome.Unknown, (await rig.AskAsync("02")).Outcome);
    }

    [Fact]
    public async Task A_source_out_of_reach_does_not_hold_up_the_start()
    {
        await using var rig = new TestRig();
        Task started = rig.Responder.StartAsync(TestContext.Current.CancellationToken);

        await rig.DeliverStaleAsync();

        await started.WaitAsync(Patience, TestContext.Current.CancellationToken);
        Assert.Equal(OcspOutcome.TryLater, (await rig.AskAsync("01")).Outcome);
        Assert.Null(rig.Health.Watermark);
        Assert.False(rig.Responder.GetHealth().IsReady);
    }

    [Fact]
    public async Task A_stale_source_signs_nothing_new_and_serves_what_there_is()
    {
        await using TestRig rig = await StartPreparedAsync(new TestRig(), Good("01"));
        DateTimeOffset watermark = rig.Now;
        rig.Clock.StepUtcNow(watermark.AddMinutes(16)); // past MaxSourceAge
        await rig.DeliverStaleAsync(Good("02"));

        Assert.Equal(OcspOutcome.Good, rig.Answer("01").Outcome);
        Assert.Equal(OcspOutcome.TryLater, (await rig.AskAsync("02")).Outcome);
        Assert.Equal(watermark, rig.Health.Watermark);
        Assert.Equal(["the source is out of reach"], rig.Health.Problems);

        await rig.DeliverChangesAsync();
        rig.WaitUntilPrepared(Good("02"));
        Assert.Empty(rig.Health.Problems);
    }

    [Fact]
    public async Task A_revocation_from_an_incomplete_reading_ends_the_good_answer_at_once()
    {
        await using TestRig rig = await StartPreparedAsync(new TestRig(), Good("01"));
        rig.Clock.StepUtcNow(rig.Now.AddSeconds(1));

        await rig.DeliverStaleAsync(Revoked("01"));

        Assert.Equal(OcspOutcome.TryLater, (await rig.AskAsync("01")).Outcome);
        rig.Clock.StepUtcNow(rig.Now.AddSeconds(1));
        await rig.DeliverStateAsync(Revoked("01"));
        rig.WaitUntilPrepared(Revoked("01"));
        Assert.Equal(OcspOutcome.Revoked, rig.Answer("01").Outcome);
    }

    [Fact]
    public async Task An_unconfirmed_revocation_does_not_keep_others_from_being_signed()
    {
        await using TestRig rig = await StartPreparedAsync(new TestRig(), Good("01"), Good("02"));
        rig.Signer.Fault = SignerFault.Throws;
        await rig.DeliverChangesAsync(Revoked("02"));
        await rig.DeliverStaleAsync(Revoked("01") with { NotAfter = TestAuthority.End.AddDays(-1) });
        rig.Clock.StepUtcNow(rig.Now.AddSeconds(1));
        await rig.DeliverStaleAsync(Revoked("01"));
        rig.Signer.Fault = SignerFault.None;

        for (int i = 0; i < 10 && rig.Answer("02").Answer.Batch is null; i++)
        {
            await rig.AdvanceAsync(TimeSpan.FromSeconds(2));
            SpinWait.SpinUntil(() => rig.Answer("02").Answer.Batch is not null, TimeSpan.FromSeconds(1));
        }

        Assert.Equal(OcspOutcome.Revoked, rig.Answer("02").Outcome);
        Assert.Equal(OcspOutcome.NeedsSignature, rig.Answer("01").Outcome);
        WaitUntil(() => rig.Health.WaitingToBeSigned >= 1, "the unconfirmed one is put back");
    }

    [Fact]
    public async Task A_source_that_falls_silent_is_a_problem()
    {
        await using TestRig rig = await StartPreparedAsync(new TestRig(), Good("01"));
        Assert.Empty(rig.Health.Problems);

        rig.Clock.StepUtcNow(rig.Now.AddMinutes(16));

        Assert.Contains("last read completely", Assert.Single(rig.Health.Problems), StringComparison.Ordinal);
        Assert.Equal(OcspOutcome.Good, rig.Answer("01").Outcome);
    }

    [Fact]
    public async Task A_source_that_throws_is_read_again_from_the_last_position()
    {
        await using TestRig rig = await StartPreparedAsync(new TestRig(), Good("01"));
        await rig.Source.DeliverAsync(new StatusBatch { Watermark = rig.Now, Position = new SourcePosition("42") });
        int timers = rig.Clock.PendingTimers;

        await rig.Source.FailAsync();
        await rig.Clock.WaitForTimersAsync(timers + 1, TestContext.Current.CancellationToken);
        Assert.Contains("the source broke", Assert.Single(rig.Health.Problems), StringComparison.Ordinal);
        Assert.Equal(OcspOutcome.Good, rig.Answer("01").Outcome);

        rig.Clock.Advance(TimeSpan.FromSeconds(1));
        WaitUntil(() => rig.Source.Readings == 2, "the source is read again");
        Assert.Equal("42", rig.Source.LastPosition.Value);
        await rig.DeliverChangesAsync(Revoked("01"));
        Assert.Empty(rig.Health.Problems);
        Assert.Equal(OcspOutcome.Revoked, (await rig.AskAsync("01")).Outcome);
    }

    [Fact]
    public async Task A_complete_state_broken_off_says_nothing_about_what_is_gone()
    {
        await using TestRig rig = await StartPreparedAsync(new TestRig(), Good("01"), Good("02"));

        await rig.DeliverAsync(StatusBatchKind.CompleteState, StatusVerdict.Current, Good("01"));
        await rig.DeliverStaleAsync();

        Assert.Equal(["the source is out of reach"], rig.Health.Problems);
        Assert.Equal(2, rig.Health.Certificates);
    }

    [Fact]
    public async Task An_unexpired_entry_that_vanishes_keeps_its_status_and_is_reported()
    {
        await using TestRig rig = await StartPreparedAsync(new TestRig(), Good("01"), Revoked("0A"), Good("03"));

        await rig.DeliverStateAsync(Good("01"));

        string problem = Assert.Single(rig.Health.Problems);
        Assert.Contains("2 unexpired", problem, StringComparison.Ordinal);
        Assert.Contains("0A", problem, StringComparison.Ordinal);
        Assert.Equal(OcspOutcome.Revoked, (await rig.AskAsync("0A")).Outcome);
        Assert.Equal(OcspOutcome.Good, (await rig.AskAsync("03")).Outcome);
        await rig.DeliverChangesAsync();
        Assert.Contains("2 unexpired", Assert.Single(rig.Health.Problems), StringComparison.Ordinal);

        await rig.DeliverStateAsync(Good("01"), Revoked("0A"), Good("03"));
        Assert.Empty(rig.Health.Problems);
    }

    [Fact]
    public async Task A_revocation_for_good_that_leaves_a_CRL_has_expired_and_is_not_reported()
    {
        await using TestRig rig = await StartPreparedAsync(
            new TestRig(), Good("01"), Revoked("0A", notAfter: DateTimeOffset.MaxValue), Held("0B") with { NotAfter = DateTimeOffset.MaxValue });

        await rig.Source.DeliverAsync(rig.State(TimeSpan.Zero, TimeSpan.FromDays(1), Good("01")));

        Assert.Contains("1 unexpired certificate(s) are gone from the source and keep their last status: 0B", Assert.Single(rig.Health.Problems), StringComparison.Ordinal);
        Assert.Equal(OcspOutcome.Revoked, (await rig.AskAsync("0A")).Outcome);
    }

    [Fact]
    public async Task An_expired_entry_that_vanishes_is_dropped()
    {
        var rig = new TestRig();
        await using TestRig started = await StartAsync(rig, Good("01"), Good("02", notAfter: rig.Now.AddDays(1)));
        rig.Clock.StepUtcNow(rig.Now.AddDays(2));

        await rig.DeliverStateAsync(Good("01"));

        Assert.Empty(rig.Health.Problems);
        Assert.Equal(1, rig.Health.Certificates);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_revocation_for_good_is_not_undone_and_raises_an_alarm(bool toHold)
    {
        await using TestRig rig = await StartPreparedAsync(new TestRig(), Revoked("0A"));

        await rig.DeliverStateAsync(toHold ? Held("0A") : Good("0A"));

        string problem = Assert.Single(rig.Health.Problems);
        Assert.Contains("ALARM", problem, StringComparison.Ordinal);
        Assert.Contains("0A", problem, StringComparison.Ordinal);
        Assert.Contains(rig.Log.Entries, entry => entry.Text.Contains("ALARM", StringComparison.Ordinal));
        Reply reply = await rig.AskAsync("0A");
        Assert.Equal(System.Security.Cryptography.X509Certificates.X509RevocationReason.KeyCompromise, reply.Single.Reason);

        await rig.DeliverStateAsync(Revoked("0A"));
        Assert.Empty(rig.Health.Problems);
    }

    [Fact]
    public async Task A_hold_is_released_and_made_permanent()
    {
        await using TestRig rig = await StartPreparedAsync(new TestRig(), Held("01"), Held("02"));
        Assert.Equal(OcspOutcome.Revoked, (await rig.AskAsync("01")).Outcome);

        await rig.DeliverStateAsync(Good("01"), Revoked("02"));

        Assert.Equal(OcspOutcome.Good, (await rig.AskAsync("01")).Outcome);
        Assert.Equal(System.Security.Cryptography.X509Certificates.X509RevocationReason.KeyCompromise, (await rig.AskAsync("02")).Single.Reason);
        Assert.Empty(rig.Health.Problems);
    }

    [Fact]
    public async Task A_long_reading_does_not_make_a_problem_come_and_go()
    {
        await using TestRig rig = await StartPreparedAsync(new TestRig(), Revoked("0A"));
        await rig.DeliverStateAsync(Good("0A"));
        Assert.Single(rig.Health.Problems);
        int logged = rig.Log.Entries.Count(entry => entry.Text.Contains("ALARM", StringComparison.Ordinal));

        await rig.DeliverAsync(StatusBatchKind.CompleteState, StatusVerdict.Current, Good("01"));
        Assert.Single(rig.Health.Problems);
        await rig.DeliverStateAsync(Good("0A"));

        Assert.Equal(logged, rig.Log.Entries.Count(entry => entry.Text.Contains("ALARM", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Another_history_is_not_followed()
    {
        await using TestRig rig = await StartPreparedAsync(new TestRig(), Good("01"));
        DateTimeOffset watermark = rig.Now;
        rig.Clock.StepUtcNow(watermark.AddSeconds(5));

        await rig.DeliverAsync(StatusBatchKind.CompleteStateEnd, StatusVerdict.OtherHistory, Revoked("01"), Good("02"));

        Assert.Contains("another history", Assert.Single(rig.Health.Problems), StringComparison.Ordinal);
        Assert.Equal(OcspOutcome.Good, rig.Answer("01").Outcome);
        Assert.Equal((1, watermark), (rig.Health.Certificates, rig.Health.Watermark));
    }

    [Fact]
    public async Task An_empty_successful_reading_advances_the_watermark()
    {
        await using TestRig rig = await StartAsync(new TestRig());
        rig.Clock.StepUtcNow(rig.Now.AddMinutes(3));

        await rig.DeliverChangesAsync();

        Assert.Equal(rig.Now, rig.Health.Watermark);
    }
}
