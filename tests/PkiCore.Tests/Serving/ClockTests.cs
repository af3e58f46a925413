using PkiCore.Ocsp;
using PkiCore.Serving;
using PkiCore.Status;
using PkiCore.X509;
using static PkiCore.Tests.Serving.TestRig;

namespace PkiCore.Tests.Serving;

/// <summary>Times of replies, and clocks that are set right.</summary>
public sealed class ClockTests
{
    [Fact]
    [Requirement("RS-10", "RS-11", "T-15", "T-16")]
    public async Task Times_are_whole_seconds_and_in_order()
    {
        await using var rig = new TestRig();
        rig.Clock.StepUtcNow(rig.Now.AddMilliseconds(1900));
        Task started = rig.Responder.StartAsync(TestContext.Current.CancellationToken);
        DateTimeOffset watermark = rig.Now;
        rig.Clock.StepUtcNow(watermark.AddMilliseconds(950)); // the reading took that long
        await rig.Source.DeliverAsync(new StatusBatch { Kind = StatusBatchKind.CompleteStateEnd, Watermark = watermark, Changes = [Good("01")] });
        await started;
        rig.WaitUntilPrepared(Good("01"));

        Reply reply = await rig.AskAsync("01");

        Assert.Equal(new DateTimeOffset(2026, 1, 1, 0, 0, 1, TimeSpan.Zero), reply.Single.ThisUpdate);
        Assert.Equal(new DateTimeOffset(2026, 1, 1, 0, 0, 2, TimeSpan.Zero), reply.Response.ProducedAt);
        Assert.Equal(reply.Single.ThisUpdate + TimeSpan.FromDays(4), reply.Single.NextUpdate);
    }

    [Fact]
    [Requirement("T-16")]
    public async Task After_the_clock_was_set_back_nothing_from_the_future_is_served()
    {
        await using TestRig rig = await StartPreparedAsync(new TestRig(), Good("01"), Revoked("02"));
        rig.Clock.StepUtcNow(rig.Now.AddHours(-1));

        Assert.Equal(OcspOutcome.NeedsSignature, rig.Answer("01").Outcome);
        Assert.Equal(OcspOutcome.TryLater, (await rig.AskAsync("01")).Outcome); // no reading by this clock yet
    }

    [Fact]
    [Requirement("T-16")]
    public async Task After_the_clock_was_set_back_the_next_reading_vouches_again()
    {
        await using TestRig rig = await StartPreparedAsync(new TestRig(), Good("01"), Revoked("02"));
        rig.Clock.StepUtcNow(rig.Now.AddHours(-1));
        await rig.DeliverChangesAsync(Good("03"));

        Assert.Equal(OcspOutcome.Good, (await rig.AskAsync("01")).Outcome);
        Assert.Equal(OcspOutcome.Revoked, (await rig.AskAsync("02")).Outcome);
        Assert.Equal(OcspOutcome.Good, (await rig.AskAsync("03")).Outcome);
    }

    [Fact]
    public async Task After_the_clock_was_set_back_everything_is_signed_anew()
    {
        await using TestRig rig = await StartPreparedAsync(new TestRig(), Good("01"), Revoked("02"));
        SigningBatch? future = rig.Answer("01").Answer.Batch;
        rig.Clock.StepUtcNow(rig.Now.AddHours(-1));
        await rig.DeliverChangesAsync();

        await rig.AdvanceAsync(TimeSpan.FromSeconds(1));
        rig.WaitUntilPrepared(Good("01"), Revoked("02"));

        Assert.True(rig.Answer("01").Answer.Batch!.ProducedAt < future!.ProducedAt);
    }

    [Fact]
    public async Task After_the_clock_was_set_back_between_two_readings_what_the_later_one_vouches_for_waits_and_the_rest_is_signed()
    {
        await using var rig = new TestRig();
        rig.Signer.Fault = SignerFault.Throws; // so that what both readings vouch for is signed after the second
        await StartAsync(rig, Good("01"));
        WaitUntil(() => rig.Signer.Calls > 0, "the signer has failed");
        DateTimeOffset first = rig.Now;
        await rig.AdvanceAsync(TimeSpan.FromSeconds(10));
        rig.Signer.Fault = SignerFault.None;
        await rig.DeliverChangesAsync(Good("02"));
        await Eventually.HoldsAsync("both are signed", IsPreparedAfterSecondAsync, TestContext.Current.CancellationToken);

        rig.Clock.StepUtcNow(first.AddSeconds(5));
        await rig.AdvanceAsync(TimeSpan.FromSeconds(1));
        rig.WaitUntilPrepared(Good("01"));
        Assert.Equal(OcspOutcome.NeedsSignature, rig.Answer("02").Outcome);

        await rig.DeliverChangesAsync();
        rig.WaitUntilPrepared(Good("01"), Good("02"));

        async Task<bool> IsPreparedAfterSecondAsync()
        {
            await rig.AdvanceAsync(TimeSpan.FromSeconds(1)); // after a failure there is a pause
            return rig.Answer("01").Answer.Batch is not null && rig.Answer("02").Answer.Batch is not null;
        }
    }

    [Fact]
    public async Task A_revocation_after_the_clock_was_set_back_is_signed()
    {
        await using TestRig rig = await StartPreparedAsync(new TestRig(), Good("01"));
        rig.Clock.StepUtcNow(rig.Now.AddHours(-1));
        await rig.DeliverStateAsync(Revoked("01"));

        rig.WaitUntilPrepared(Revoked("01"));
        Assert.Equal(OcspOutcome.Revoked, (await rig.AskAsync("01")).Outcome);
    }

    [Fact]
    public async Task An_unconfirmed_revocation_after_the_clock_was_set_back_is_not_signed_on_an_earlier_reading()
    {
        await using TestRig rig = await StartPreparedAsync(new TestRig(), Good("01"));
        DateTimeOffset read = rig.Now;
        rig.Clock.StepUtcNow(read.AddSeconds(-1));
        await rig.DeliverStaleAsync(Revoked("01"));
        rig.Clock.StepUtcNow(read.AddSeconds(1));

        Assert.Equal(OcspOutcome.TryLater, (await rig.AskAsync("01")).Outcome);
        await rig.DeliverStateAsync(Revoked("01"));
        Assert.Equal(OcspOutcome.Revoked, (await rig.AskAsync("01")).Outcome);
    }

    [Fact]
    [Requirement("T-18")]
    public async Task After_the_clock_jumped_past_nextUpdate_nothing_expired_is_served()
    {
        await using TestRig rig = await StartPreparedAsync(new TestRig(), Good("01"));
        rig.Clock.StepUtcNow(rig.Now.AddDays(5));

        Assert.Equal(OcspOutcome.TryLater, (await rig.AskAsync("01")).Outcome);
        await rig.DeliverChangesAsync();
        Assert.Equal(OcspOutcome.Good, (await rig.AskAsync("01")).Outcome);
    }

    [Fact]
    [Requirement("T-18")]
    public async Task An_answer_is_served_up_to_its_last_second_and_not_at_nextUpdate()
    {
        await using TestRig rig = await StartPreparedAsync(new TestRig(), Good("01"));
        rig.Signer.Fault = SignerFault.Throws;
        DateTimeOffset nextUpdate = rig.Answer("01").Single.NextUpdate!.Value;

        rig.Clock.StepUtcNow(nextUpdate.AddTicks(-1));
        Assert.Equal(OcspOutcome.Good, rig.Answer("01").Outcome);
        rig.Clock.StepUtcNow(nextUpdate);
        Assert.Equal(OcspOutcome.TryLater, (await rig.AskAsync("01")).Outcome);
    }

    [Fact]
    public async Task Nothing_is_signed_before_the_signers_certificate_is_valid()
    {
        await using TestRig rig = await StartPreparedAsync(new TestRig(), Good("01"));
        await rig.AskAsync(rig.Request("01", CertIdHash.Sha384)); // the first live reply is verified, and the next ones are not
        rig.Clock.StepUtcNow(TestAuthority.Start.AddDays(-1));
        await rig.DeliverChangesAsync(Good("02"));

        Assert.Equal(OcspOutcome.TryLater, (await rig.AskAsync("01")).Outcome);
        Assert.Contains(rig.Health.Problems, problem => problem.Contains("not valid yet", StringComparison.Ordinal));
    }

    [Fact]
    [Requirement("T-16")]
    public async Task After_the_clock_was_set_back_a_little_nothing_that_was_produced_in_the_future_is_served()
    {
        await using var rig = new TestRig();
        Task started = rig.Responder.StartAsync(TestContext.Current.CancellationToken);
        DateTimeOffset watermark = rig.Now;
        rig.Clock.StepUtcNow(watermark.AddSeconds(10)); // the reading took that long
        await rig.Source.DeliverAsync(new StatusBatch { Kind = StatusBatchKind.CompleteStateEnd, Watermark = watermark, Changes = [Good("01")] });
        await started;
        rig.WaitUntilPrepared(Good("01"));

        rig.Clock.StepUtcNow(watermark.AddSeconds(5));

        Assert.Equal(OcspOutcome.NeedsSignature, rig.Answer("01").Outcome);
    }
}
