using Microsoft.Extensions.Logging;
using PkiCore.Ocsp;
using PkiCore.Serving;
using PkiCore.Signing;
using PkiCore.Status;
using static PkiCore.Tests.Serving.TestRig;

namespace PkiCore.Tests.Serving;

/// <summary>Signers that hang, throw or sign nonsense: clients get tryLater, never a wrong reply, and everything recovers.</summary>
public sealed class SignerFaultTests
{
    private static readonly OcspResponderOptions s_narrow = new() { LiveConcurrency = 2, LiveQueueLength = 3 };

    [Fact]
    public async Task A_hung_signer_keeps_nobody_waiting_past_the_deadline()
    {
        await using TestRig rig = await StartHungAsync();
        Task<Reply> asking = rig.SignAsync(rig.Request("01"));
        WaitUntil(() => rig.Signer.Hanging > 0, "the signer hangs");

        rig.Clock.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal(OcspOutcome.TryLater, (await asking).Outcome);
    }

    [Fact]
    public async Task A_full_lane_sheds_at_once()
    {
        await using TestRig rig = await StartHungAsync();
        Task<Reply>[] stuck = [.. Enumerable.Range(0, 2).Select(_ => rig.SignAsync(rig.Request("01")))];
        WaitUntil(() => rig.Signer.Hanging == 3, "both live threads and the presigner hang");
        Task<Reply>[] waiting = [.. Enumerable.Range(0, 3).Select(_ => rig.SignAsync(rig.Request("01")))];
        Assert.Equal(3, rig.Health.LiveQueueLength);

        Assert.Equal(OcspOutcome.TryLater, (await rig.SignAsync(rig.Request("01"))).Outcome); // the clock stands still
        Assert.DoesNotContain(waiting, task => task.IsCompleted);

        rig.Clock.Advance(TimeSpan.FromSeconds(2));
        Assert.All(await Task.WhenAll([.. stuck, .. waiting]), reply => Assert.Equal(OcspOutcome.TryLater, reply.Outcome));
    }

    [Fact]
    public async Task After_the_signer_hung_the_lane_works_again()
    {
        await using TestRig rig = await StartHungAsync();
        Task<Reply>[] stuck = [.. Enumerable.Range(0, 5).Select(_ => rig.SignAsync(rig.Request("01")))];
        rig.Clock.Advance(TimeSpan.FromSeconds(2));
        await Task.WhenAll(stuck);

        rig.Signer.Free();

        WaitUntil(() => rig.Health.LiveQueueLength == 0, "what nobody waits for is thrown away");
        Assert.Equal(OcspOutcome.Good, (await rig.AskAsync("01")).Outcome);
    }

    [Fact]
    public async Task A_caller_can_give_up_earlier()
    {
        await using TestRig rig = await StartHungAsync();
        using var giveUp = new CancellationTokenSource();
        byte[] buffer = new byte[rig.Responder.MaxResponseLength];
        Task asking = rig.Responder.SignAsync(rig.Request("01"), buffer, giveUp.Token).AsTask();

        await giveUp.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking.WaitAsync(Patience, TestContext.Current.CancellationToken));
        rig.Signer.Free();
        Assert.All(buffer, octet => Assert.Equal(0, octet));
    }

    [Fact]
    public async Task A_revocation_kills_the_old_answer_though_the_signer_hangs()
    {
        await using TestRig rig = await StartPreparedAsync(new TestRig(), Good("01"));
        rig.Signer.Fault = SignerFault.Hangs;

        await rig.DeliverChangesAsync(Revoked("01"));

        Assert.Equal(OcspOutcome.NeedsSignature, rig.Answer("01").Outcome);
        Task<Reply> asking = rig.SignAsync(rig.Request("01"));
        rig.Clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(OcspOutcome.TryLater, (await asking).Outcome);
        rig.Signer.Free();
        Assert.Equal(OcspOutcome.Revoked, (await rig.AskAsync("01")).Outcome);
    }

    [Fact]
    public async Task A_failure_of_one_live_signature_is_no_problem_for_longer_than_a_minute()
    {
        await using TestRig rig = await StartPreparedAsync(new TestRig(), Good("01"));
        rig.Signer.Fault = SignerFault.Throws;
        await rig.SignAsync(rig.Request("01"));
        Assert.Contains("the device is gone", string.Join(';', rig.Health.Problems), StringComparison.Ordinal);

        rig.Clock.Advance(TimeSpan.FromMinutes(1));

        Assert.DoesNotContain("the device is gone", string.Join(';', rig.Health.Problems), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_live_reply_that_was_being_signed_when_the_certificate_was_revoked_is_thrown_away()
    {
        await using TestRig rig = await StartHungAsync();
        Task<Reply> asking = rig.SignAsync(rig.Request("01"));
        WaitUntil(() => rig.Signer.Hanging == 2, "the presigner and the live lane sign good");
        await rig.DeliverChangesAsync(Revoked("01"));

        rig.Signer.Free();

        Assert.Equal(OcspOutcome.TryLater, (await asking).Outcome);
    }

    [Fact]
    public async Task A_signature_that_was_under_way_when_the_certificate_was_revoked_is_thrown_away()
    {
        await using TestRig rig = await StartHungAsync();
        WaitUntil(() => rig.Signer.Hanging == 1, "the presigner signs good");
        await rig.DeliverChangesAsync(Revoked("01"));

        rig.Signer.Free();

        rig.WaitUntilPrepared(Revoked("01"));
        Assert.Equal(OcspOutcome.Revoked, rig.Answer("01").Outcome);
    }

    [Fact]
    public async Task A_hung_signer_is_reported()
    {
        await using TestRig rig = await StartHungAsync();
        WaitUntil(() => rig.Signer.Hanging == 1, "the presigner hangs");
        Assert.Empty(rig.Health.Problems);

        rig.Clock.Advance(TimeSpan.FromSeconds(30));
        await rig.DeliverChangesAsync();

        Assert.Contains("has not answered", Assert.Single(rig.Health.Problems), StringComparison.Ordinal);
        Assert.True(rig.Responder.GetHealth().IsDegraded);
        rig.Signer.Free();
        rig.WaitUntilPrepared(Good("01"));
        Assert.Empty(rig.Health.Problems);
    }

    [Fact]
    public async Task Another_signer_takes_over_from_one_that_hangs()
    {
        await using TestRig rig = await StartHungAsync();
        Task<Reply>[] stuck = [.. Enumerable.Range(0, 5).Select(_ => rig.SignAsync(rig.Request("01")))];
        WaitUntil(() => rig.Signer.Hanging == 3, "both lanes hang");
        rig.Clock.Advance(TimeSpan.FromSeconds(2));
        await Task.WhenAll(stuck);
        Assert.Equal(0, rig.Health.LiveQueueLength); // what nobody waits for takes no place
        using DotNetSigner next = rig.Authority.CreateSigner();

        rig.Responder.SetSigner(rig.Authority.Issuer, next);

        Assert.Equal(OcspOutcome.Good, (await rig.AskAsync("01")).Outcome);
        rig.WaitUntilPrepared(Good("01"));
        Assert.True(rig.Signer.Hanging >= 3);
    }

    [Theory]
    [InlineData("Throws")]
    [InlineData("SignsGarbage")]
    public async Task A_signer_that_fails_is_never_believed_and_is_tried_again(string fault)
    {
        var rig = new TestRig();
        rig.Signer.Fault = Enum.Parse<SignerFault>(fault);
        await using TestRig started = await StartAsync(rig, Good("01"), Revoked("02"));

        for (int i = 0; i < 3; i++)
        {
            Assert.Equal(OcspOutcome.TryLater, (await rig.AskAsync("01")).Outcome);
        }

        WaitUntil(() => rig.Health.Problems.Count == 1, "the fault is reported");
        Assert.Null(rig.Answer("01").Answer.Batch);
        rig.Signer.Fault = SignerFault.None;
        await TickUntilPreparedAsync(rig, Good("01"), Revoked("02"));
        WaitUntil(() => rig.Health.Problems.Count == 0, "all is well again");
    }

    [Fact]
    public async Task A_signer_that_is_disposed_while_in_use_is_a_fault_like_any_other()
    {
        await using TestRig rig = await StartPreparedAsync(new TestRig(), Good("01"));
        rig.Signer.Fault = SignerFault.IsDisposed; // an exception on the presigner's thread would end the process

        await rig.DeliverChangesAsync(Good("02"));

        WaitUntil(() => rig.Health.Problems.Count == 1, "the fault is reported");
        Assert.Equal(OcspOutcome.TryLater, (await rig.AskAsync("02")).Outcome);
        Assert.Equal(OcspOutcome.Good, rig.Answer("01").Outcome);
        using DotNetSigner next = rig.Authority.CreateSigner();
        rig.Responder.SetSigner(rig.Authority.Issuer, next);
        rig.WaitUntilPrepared(Good("02"));
    }

    [Fact]
    public async Task A_failing_signer_does_not_flood_the_log()
    {
        var rig = new TestRig();
        rig.Signer.Fault = SignerFault.Throws;
        await using TestRig started = await StartAsync(rig, Good("01"));

        for (int i = 0; i < 200; i++)
        {
            await rig.AskAsync("01");
        }

        Assert.InRange(rig.Log.Errors.Count(), 1, 2);
    }

    [Fact]
    public async Task Existing_answers_are_served_while_the_signer_is_out()
    {
        await using TestRig rig = await StartPreparedAsync(new TestRig(), Good("01"), Revoked("02"));
        rig.Signer.Fault = SignerFault.Throws;
        rig.Clock.StepUtcNow(rig.Answer("01").Answer.Batch!.RefreshAt);
        await rig.DeliverChangesAsync();
        await rig.AdvanceAsync(TimeSpan.FromSeconds(1));
        WaitUntil(() => rig.Health.Problems.Count > 0, "the fault is reported");

        Assert.Equal(OcspOutcome.Good, (await rig.AskAsync("01")).Outcome);
        Assert.Equal(OcspOutcome.Revoked, (await rig.AskAsync("02")).Outcome);
        Assert.True(rig.Responder.GetHealth() is { IsReady: true, IsDegraded: true });
    }

    /// <summary>A signature that was failing when the fault ended makes the presigner pause once more.</summary>
    private static async Task TickUntilPreparedAsync(TestRig rig, params StatusChange[] changes)
    {
        for (int i = 0; i < 10 && changes.Any(change => rig.Answer(change.Serial.ToString()).Answer.Batch is null); i++)
        {
            await rig.AdvanceAsync(TimeSpan.FromSeconds(2));
            await rig.DeliverChangesAsync();
            SpinWait.SpinUntil(() => rig.Health.WaitingToBeSigned == 0, TimeSpan.FromSeconds(1));
        }

        rig.WaitUntilPrepared(changes);
    }

    private static async Task<TestRig> StartHungAsync()
    {
        var rig = new TestRig(s_narrow);
        rig.Signer.Fault = SignerFault.Hangs;
        await StartAsync(rig, Good("01"));
        WaitUntil(() => rig.Signer.Hanging == 1, "the presigner hangs");
        return rig;
    }
}
