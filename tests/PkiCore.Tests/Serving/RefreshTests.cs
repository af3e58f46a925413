using PkiCore.Ocsp;
using PkiCore.Serving;
using static PkiCore.Tests.Serving.TestRig;

namespace PkiCore.Tests.Serving;

/// <summary>Answers are signed again before they are old, as long as that makes sense.</summary>
public sealed class RefreshTests
{
    [Theory]
    [InlineData(8)]
    [InlineData(15)]
    [InlineData(16)]
    [InlineData(96)]
    [InlineData(239)]
    [Requirement("BR-13", "BR-14", "MZ-2")]
    public async Task Answers_are_due_as_early_as_a_public_CA_has_to_replace_them(int validityHours)
    {
        var validity = TimeSpan.FromHours(validityHours);
        await using TestRig rig = await StartPreparedAsync(new TestRig(new OcspResponderOptions { Validity = validity, PublicCaProfile = true }), Good("01"));

        SigningBatch batch = rig.Answer("01").Answer.Batch!;
        TimeSpan age = batch.RefreshAt - batch.ThisUpdate;

        Assert.Equal(validity, batch.NextUpdate - batch.ThisUpdate);
        Assert.True(age < validity / 2); // "before half": signing takes time
        Assert.True(validityHours < 16 || (age < TimeSpan.FromDays(4) && validity - age > TimeSpan.FromHours(8)));
    }

    [Fact]
    public async Task When_due_an_answer_is_signed_again_and_the_old_one_served_until_then()
    {
        await using TestRig rig = await StartPreparedAsync(new TestRig(), Good("01"), Revoked("02"));
        SigningBatch first = rig.Answer("01").Answer.Batch!;
        SigningBatch second = rig.Answer("02").Answer.Batch!;
        SigningBatch earlier = first.RefreshAt < second.RefreshAt ? first : second;
        SigningBatch later = earlier == first ? second : first;
        rig.Clock.StepUtcNow(earlier.RefreshAt.AddSeconds(-1));
        await rig.DeliverChangesAsync();
        Assert.Same(first, rig.Answer("01").Answer.Batch);
        rig.Clock.StepUtcNow(later.RefreshAt.AddSeconds(-1));
        await rig.DeliverChangesAsync();

        await rig.AdvanceAsync(TimeSpan.FromSeconds(1));
        WaitUntil(() => rig.Answer("01").Answer.Batch != first && rig.Answer("02").Answer.Batch != second, "both are signed again");

        rig.Verify(rig.Answer("01"));
        Assert.Equal(rig.Now, rig.Answer(later == first ? "01" : "02").Response.ProducedAt);
        Assert.Equal(OcspOutcome.Revoked, rig.Answer("02").Outcome);
    }

    [Fact]
    public async Task An_answer_that_is_due_in_the_middle_of_a_second_is_signed_again_at_once()
    {
        var rig = new TestRig();
        rig.Clock.StepUtcNow(rig.Now.AddMilliseconds(500));
        await using TestRig started = await StartPreparedAsync(rig, Good("01"));
        SigningBatch first = rig.Answer("01").Answer.Batch!;

        rig.Clock.StepUtcNow(first.RefreshAt); // and stands still: a thread that finds it due, but does not sign it, would never end
        await rig.DeliverChangesAsync();

        WaitUntil(() => rig.Answer("01").Answer.Batch != first, "it is signed again");
    }

    [Fact]
    public async Task Nothing_is_signed_again_before_it_is_due()
    {
        await using TestRig rig = await StartPreparedAsync(new TestRig(), Good("01"));
        SigningBatch first = rig.Answer("01").Answer.Batch!;
        int calls = rig.Signer.Calls;
        rig.Clock.StepUtcNow(first.RefreshAt.AddSeconds(-2));
        await rig.DeliverChangesAsync();

        await rig.AdvanceAsync(TimeSpan.FromSeconds(1));
        await rig.DeliverChangesAsync();

        WaitUntil(() => rig.Health.WaitingToBeSigned == 0, "the thread that signed at the start is out of the count");
        Assert.Equal(calls, rig.Signer.Calls);
    }

    [Fact]
    [Requirement("RS-3")]
    public async Task An_expired_certificate_is_unauthorized_and_not_signed_again()
    {
        var rig = new TestRig();
        await using TestRig started = await StartPreparedAsync(rig, Good("01", notAfter: rig.Now.AddDays(1)), Good("02"));
        int calls = rig.Signer.Calls;
        rig.Clock.StepUtcNow(rig.Now.AddDays(1).AddSeconds(1));
        await rig.DeliverChangesAsync();

        Assert.Equal(OcspOutcome.Unauthorized, rig.Answer("01").Outcome);
        Assert.Equal(OcspOutcome.Unauthorized, (await rig.SignAsync(rig.Request("01"))).Outcome);
        Assert.Equal(OcspOutcome.Good, rig.Answer("02").Outcome);
        Assert.Equal(calls, rig.Signer.Calls);
    }

    [Fact]
    public async Task An_expired_certificate_does_not_keep_its_batch_alive()
    {
        var rig = new TestRig();
        await using TestRig started = await StartPreparedAsync(rig, Good("01", notAfter: rig.Now.AddDays(1)));
        rig.Clock.StepUtcNow(rig.Answer("01").Answer.Batch!.RefreshAt.AddDays(1));
        Assert.NotNull(rig.Health.OldestAnswer);

        await rig.DeliverChangesAsync();

        WaitUntil(() => rig.Health.OldestAnswer is null, "the expired certificate's batch is gone");
    }

    [Fact]
    public async Task An_answer_that_cannot_last_a_minute_is_not_signed()
    {
        var rig = new TestRig(terms: new ResponderTerms { NotAfter = new DateTimeOffset(2026, 1, 1, 0, 0, 59, TimeSpan.Zero) });
        await using TestRig started = await StartAsync(rig, Good("01"));

        Assert.Equal(OcspOutcome.TryLater, (await rig.AskAsync("01")).Outcome);
        Assert.Equal(0, rig.Signer.Calls);
    }

    [Fact]
    [Requirement("MZ-3", "RS-18")]
    public async Task NextUpdate_is_never_past_the_end_of_the_signer()
    {
        var end = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
        await using TestRig rig = await StartPreparedAsync(new TestRig(terms: new ResponderTerms { NotAfter = end }), Good("01"));

        Assert.Equal(end, rig.Answer("01").Single.NextUpdate);
        Assert.Equal(end, (await rig.SignAsync(rig.Request("01"))).Single.NextUpdate);
    }
}
