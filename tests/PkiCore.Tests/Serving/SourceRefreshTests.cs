using PkiCore.Serving;
using static PkiCore.Tests.Serving.TestRig;

namespace PkiCore.Tests.Serving;

/// <summary>When answers from a source with an end are signed again: as often as it is of use.</summary>
public sealed class SourceRefreshTests : IDisposable
{
    private static readonly TimeSpan s_second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_minute = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan s_hour = TimeSpan.FromHours(1);
    private static readonly TimeSpan s_day = TimeSpan.FromDays(1);

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task The_age_of_an_answer_counts_from_its_signing_and_not_from_when_the_source_spoke()
    {
        await using TestRig rig = await StartAsync(5 * s_day, 20 * s_day);
        SigningBatch batch = rig.Answer("01").Answer.Batch!;

        Assert.InRange(batch.RefreshAt - rig.Now, 4 * s_day * 5 / 16, 4 * s_day * 7 / 16);
        rig.Signer.Fault = SignerFault.Throws;
        rig.Clock.StepUtcNow(rig.Now + (4 * s_day * 7 / 16) + s_minute);
        Assert.Equal((1, 0), (rig.Health.Due, rig.Health.Late));
        rig.Clock.StepUtcNow(rig.Now + s_second);
        Assert.Equal((1, 1), (rig.Health.Due, rig.Health.Late));
    }

    [Fact]
    public async Task What_lasts_as_long_as_the_source_is_not_signed_again_while_the_source_says_the_same()
    {
        await using TestRig rig = await StartAsync(s_day, s_day);
        byte[] answer = rig.Answer("01").Bytes;
        DateTimeOffset end = rig.Now + s_day;
        for (DateTimeOffset time = rig.Now; time < end; time += 10 * s_minute)
        {
            rig.Clock.StepUtcNow(time);
            await rig.DeliverAsync(time - end + (2 * s_day), end - time);
            await rig.AdvanceAsync(s_second);
            Assert.Equal((0, 0, 0), (rig.Health.Due, rig.Health.Late, rig.Health.WaitingToBeSigned));
        }

        Assert.Equal(answer, rig.Answer("01").Bytes);
        Assert.Equal(2, rig.Signer.Calls); // one by each hash
    }

    [Fact]
    public async Task When_the_source_says_more_only_what_is_due_is_signed_again()
    {
        await using TestRig rig = await StartAsync(s_day, s_day);
        SigningBatch first = rig.Answer("01").Answer.Batch!;
        rig.Clock.StepUtcNow(first.RefreshAt.AddSeconds(-30 * 60));
        await rig.DeliverAsync(s_hour, 2 * s_day);
        await rig.AdvanceAsync(s_second);
        await rig.DeliverAsync(s_hour, 2 * s_day);
        Assert.Equal((0, 2), (rig.Health.Due, rig.Signer.Calls));
        Assert.Same(first, rig.Answer("01").Answer.Batch);

        rig.Clock.StepUtcNow(first.RefreshAt);
        await rig.AdvanceAsync(s_second);

        WaitUntil(() => rig.Answer("01").Answer.Batch != first, "it is signed again");
        Assert.True(rig.Answer("01").Single.NextUpdate > first.NextUpdate);
    }

    [Fact]
    public async Task What_is_due_waits_for_the_source_and_is_late_a_minute_after_it_spoke()
    {
        await using TestRig rig = await StartAsync(s_day, s_day);
        DateTimeOffset end = rig.Now + s_day;
        rig.Clock.StepUtcNow(end - s_hour);
        Assert.Equal((0, 0), (rig.Health.Due, rig.Health.Late));
        rig.Signer.Fault = SignerFault.Throws;

        await rig.DeliverAsync(s_minute, 2 * s_day);
        Assert.Equal((1, 0), (rig.Health.Due, rig.Health.Late));
        rig.Clock.StepUtcNow(rig.Now + s_minute);
        Assert.Equal(0, rig.Health.Late);
        rig.Clock.StepUtcNow(rig.Now + s_second);
        Assert.Equal((1, 1), (rig.Health.Due, rig.Health.Late));

        rig.Signer.Fault = SignerFault.None;
        await Eventually.HoldsAsync(
            "it is signed again",
            async () =>
            {
                await rig.AdvanceAsync(s_second); // again and again: a thread that has just failed pauses first
                return rig.Health is { Due: 0, Late: 0 } && rig.Answer("01").Single.NextUpdate > end;
            },
            TestContext.Current.CancellationToken);
    }

    [Theory]
    [InlineData(60, 20)]
    [InlineData(60, 55)]
    [InlineData(10, 5)]
    public async Task No_answer_runs_out_while_a_source_that_is_shorter_than_the_validity_is_renewed(int lifeMinutes, int intervalMinutes)
    {
        await using TestRig rig = await StartAsync(TimeSpan.Zero, lifeMinutes * s_minute);
        DateTimeOffset end = rig.Now + (lifeMinutes * s_minute);
        int renewals = 0;
        for (int minute = 1; minute <= 4 * intervalMinutes; minute++)
        {
            await rig.AdvanceAsync(s_minute - s_second);
            if (minute % intervalMinutes == 0)
            {
                end = rig.Now + (lifeMinutes * s_minute);
                await rig.DeliverAsync(TimeSpan.Zero, lifeMinutes * s_minute);
                renewals++;
            }

            await rig.AdvanceAsync(s_second);
            WaitUntil(() => rig.Health.WaitingToBeSigned == 0, "what is due is signed");
            Reply reply = rig.Answer("01");
            Assert.NotNull(reply.Answer.Batch);
            Assert.InRange(reply.Single.NextUpdate!.Value, rig.Now, end);
            rig.Verify(reply);
        }

        Assert.InRange(rig.Signer.Calls, 2 * 2, 2 * (renewals + 1));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task After_a_restart_answers_of_the_snapshot_end_with_the_source_of_then_and_are_signed_again_when_due(bool isNewer)
    {
        var options = new OcspResponderOptions { SnapshotDirectory = _directory.FullPath, ServeBeforeSync = ServeBeforeSync.Now };
        var before = new TestRig(options);
        DateTimeOffset end = before.Now + s_day;
        await using TestRig ended = await before.StartWithAsync(before.State(s_day, s_day, Good("01"), Revoked("02")));
        before.WaitUntilPrepared(Good("01"), Revoked("02"));
        byte[] answer = before.Answer("01").Bytes;
        await before.Responder.DisposeAsync();

        await using var rig = new TestRig(options, before: before);
        rig.Clock.StepUtcNow(end - s_hour);
        Task started = rig.Responder.StartAsync(TestContext.Current.CancellationToken);
        WaitUntil(() => rig.Answer("01").Answer.Batch is not null, "the snapshot is served");
        Assert.Equal(answer, rig.Answer("01").Bytes);
        Assert.Equal(end, rig.Answer("01").Single.NextUpdate);
        Assert.Equal(0, rig.Signer.Calls);

        await rig.Source.DeliverAsync(isNewer ? rig.State(s_minute, s_day, Good("01"), Revoked("02")) : rig.State((2 * s_day) - s_hour, s_hour, Good("01"), Revoked("02")));
        await started;
        await rig.AdvanceAsync(s_second);
        WaitUntil(() => rig.Health.WaitingToBeSigned == 0, "nothing is left to be signed");

        Assert.Equal(isNewer ? 4 : 0, rig.Signer.Calls);
        Assert.Equal(isNewer ? end + s_day - s_hour : end, rig.Answer("01").Single.NextUpdate);
        rig.Clock.StepUtcNow(end);
        Assert.Equal(isNewer ? OcspOutcome.Good : OcspOutcome.TryLater, (await rig.AskAsync("01")).Outcome);
    }

    private static async Task<TestRig> StartAsync(TimeSpan age, TimeSpan left)
    {
        var rig = new TestRig();
        await rig.StartWithAsync(rig.State(age, left, Good("01")));
        rig.WaitUntilPrepared(Good("01"));
        WaitUntil(() => rig.Health.WaitingToBeSigned == 0, "the thread that signed at the start is out of the count");
        return rig;
    }
}
