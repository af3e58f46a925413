using System.Globalization;
using PkiCore.Ocsp;
using PkiCore.Serving;
using PkiCore.Status;
using static PkiCore.Tests.Serving.TestRig;

namespace PkiCore.Tests.Serving;

/// <summary>Threads that a signer keeps are written off: others do their work, up to a limit, and all is as before when they return.</summary>
public sealed class StuckThreadTests
{
    private static readonly TimeSpan s_half = TimeSpan.FromSeconds(1); // of the time that a live request waits
    private static readonly OcspResponderOptions s_single = new() { LiveConcurrency = 1 };

    [Fact]
    public async Task When_one_of_several_presigner_threads_hangs_another_call_does_its_work()
    {
        StatusChange[] certificates = [.. Enumerable.Range(0x1000, 2100).Select(i => Good(i.ToString("X4", CultureInfo.InvariantCulture)))];
        await using TestRig rig = await StartHungAsync(new TestRig(parallelism: 3), hangs: 1, certificates);
        WaitUntil(() => rig.Health.WaitingToBeSigned is 1024 or 52, "only what the stuck thread has in hand is left");

        await rig.AdvanceAsync(TimeSpan.FromSeconds(5));

        WaitUntil(() => rig.Health is { WaitingToBeSigned: 0, ThreadsWrittenOff: 1 }, "another thread has signed it");
        rig.WaitUntilPrepared(certificates);
        Assert.Empty(rig.Health.Problems);
        Assert.Equal(1, rig.Signer.Hanging);
        rig.Signer.Free();
        WaitUntil(() => rig.Health.ThreadsWrittenOff == 0, "the thread has returned");
        Assert.Equal(0, rig.Health.WaitingToBeSigned);
    }

    [Fact]
    public async Task Presigner_threads_are_replaced_up_to_a_limit_and_nothing_is_lost()
    {
        const int limit = 1 + SigningCrew<string>.MaxReplacements;
        await using TestRig rig = await StartHungAsync(new TestRig(), int.MaxValue, Good("01"));
        for (int stuck = 1; stuck <= limit; stuck++)
        {
            WaitUntil(() => rig.Signer.Hanging == stuck, "the next thread hangs");
            Assert.Equal(1, rig.Health.WaitingToBeSigned);
            await rig.AdvanceAsync(TimeSpan.FromSeconds(5));
            WaitUntil(() => rig.Health.ThreadsWrittenOff == stuck, "it is written off");
        }

        await rig.DeliverChangesAsync(Good("02"));
        await rig.AdvanceAsync(TimeSpan.FromSeconds(10));

        Assert.Equal((limit, 2), (rig.Health.ThreadsWrittenOff, rig.Health.WaitingToBeSigned));
        Assert.Equal(limit, rig.Signer.Calls);
        Assert.Contains("has not answered", Assert.Single(rig.Health.Problems), StringComparison.Ordinal);
        rig.Signer.Free();
        rig.WaitUntilPrepared(Good("01"), Good("02"));
        WaitUntil(() => rig.Health is { ThreadsWrittenOff: 0, WaitingToBeSigned: 0, Problems.Count: 0 }, "all is as before");
        WaitUntil(() => rig.Log.Entries.Any(entry => entry.Text.Contains("stuck", StringComparison.Ordinal)), "the log says so");
        Assert.InRange(rig.Log.Entries.Count(entry => entry.Text.Contains("stuck", StringComparison.Ordinal)), 1, limit + 1);
    }

    [Fact]
    public async Task A_presigner_thread_that_was_written_off_publishes_nothing()
    {
        await using TestRig rig = await StartHungAsync(new TestRig(), int.MaxValue, Good("01"));
        rig.Signer.Fault = SignerFault.Throws; // so that nothing else is published meanwhile
        await rig.AdvanceAsync(TimeSpan.FromSeconds(5));
        WaitUntil(() => rig.Health.Problems.Count == 1, "the next thread has failed");

        rig.Signer.Unblock();

        WaitUntil(() => rig.Health.ThreadsWrittenOff == 0 && rig.Signer.Hanging == 0, "the thread has returned with a signature");
        Assert.Null(rig.Answer("01").Answer.Batch);
        WaitUntil(() => rig.Health.WaitingToBeSigned == 1, "the certificate waits");
        Assert.Empty(AuditTests.Lines(rig));
    }

    [Fact]
    public async Task A_live_request_is_answered_in_time_by_a_second_attempt()
    {
        await using TestRig rig = await StartLiveHungAsync(hangs: 1);
        Task<Reply> asking = rig.SignAsync(rig.Request("01"));
        Task<Reply> behind = rig.SignAsync(rig.Request("01"));
        WaitUntil(() => rig.Signer.Hanging == 1, "the first attempt hangs");

        rig.Clock.Advance(s_half);

        Reply reply = await asking;
        Assert.Equal(OcspOutcome.Good, reply.Outcome);
        rig.Verify(reply);
        Assert.Equal(OcspOutcome.Good, (await behind).Outcome);
        Assert.Equal((1, 1, 0), (rig.Signer.Hanging, rig.Health.ThreadsWrittenOff, rig.Health.LiveQueueLength));
        rig.Signer.Free();
        WaitUntil(() => rig.Health.ThreadsWrittenOff == 0, "the thread has returned");
    }

    [Fact]
    public async Task A_call_is_overdue_after_half_of_the_time_however_long_its_request_had_waited()
    {
        await using TestRig rig = await StartLiveHungAsync(hangs: 2);
        Task<Reply> first = rig.SignAsync(rig.Request("01"));
        WaitUntil(() => rig.Signer.Hanging == 1, "the only thread is busy");
        Task<Reply> second = rig.SignAsync(rig.Request("01"));
        rig.Clock.Advance(s_half / 2);
        rig.Signer.Unblock();
        Assert.Equal(OcspOutcome.Good, (await first).Outcome);
        WaitUntil(() => rig.Signer.Hanging == 1, "the second request's call hangs, half of the half later");

        rig.Clock.Advance(s_half / 2);
        Assert.Equal(0, rig.Health.ThreadsWrittenOff);
        Assert.False(second.IsCompleted);

        rig.Clock.Advance(s_half / 2);
        Assert.Equal(1, rig.Health.ThreadsWrittenOff);
        Assert.Equal(OcspOutcome.Good, (await second).Outcome);
    }

    [Fact]
    public async Task When_every_call_hangs_no_request_waits_past_its_deadline()
    {
        await using TestRig rig = await StartLiveHungAsync(hangs: int.MaxValue);
        Task<Reply> asking = rig.SignAsync(rig.Request("01"));
        WaitUntil(() => rig.Signer.Hanging == 1, "the first attempt hangs");
        rig.Clock.Advance(s_half);
        WaitUntil(() => rig.Signer.Hanging == 2, "the second attempt hangs");
        Assert.False(asking.IsCompleted);

        rig.Clock.Advance(s_half);

        Assert.Equal(OcspOutcome.TryLater, (await asking).Outcome);
        WaitUntil(() => rig.Health.ThreadsWrittenOff == 2, "both threads are written off");
        rig.Signer.Free();
        WaitUntil(() => rig.Health.ThreadsWrittenOff == 0, "both threads have returned");
        Assert.Equal(OcspOutcome.Good, (await rig.SignAsync(rig.Request("01"))).Outcome);
    }

    [Fact]
    public async Task Live_threads_are_replaced_up_to_a_limit()
    {
        const int limit = 1 + SigningCrew<string>.MaxReplacements;
        await using TestRig rig = await StartLiveHungAsync(hangs: int.MaxValue);
        var asking = new List<Task<Reply>>();
        for (int stuck = 1; stuck <= limit; stuck++)
        {
            asking.Add(rig.SignAsync(rig.Request("01")));
            WaitUntil(() => rig.Signer.Hanging == stuck, "the next thread hangs");
            await rig.AdvanceAsync(s_half);
            WaitUntil(() => rig.Health.ThreadsWrittenOff == stuck, "it is written off");
        }

        Task<Reply> last = rig.SignAsync(rig.Request("01"));
        await rig.AdvanceAsync(2 * s_half);

        Assert.All(await Task.WhenAll([.. asking, last]), reply => Assert.Equal(OcspOutcome.TryLater, reply.Outcome));
        Assert.Equal((limit, limit), (rig.Health.ThreadsWrittenOff, rig.Signer.Hanging));
        rig.Signer.Free();
        WaitUntil(() => rig.Health is { ThreadsWrittenOff: 0, LiveQueueLength: 0 }, "all is as before");
        Assert.Equal(OcspOutcome.Good, (await rig.SignAsync(rig.Request("01"))).Outcome);
    }

    [Fact]
    public async Task A_thread_whose_request_was_given_up_is_written_off_too()
    {
        await using TestRig rig = await StartLiveHungAsync(hangs: 1);
        using var giveUp = new CancellationTokenSource();
        Task asking = rig.Responder.SignAsync(rig.Request("01"), new byte[rig.Responder.MaxResponseLength], giveUp.Token).AsTask();
        WaitUntil(() => rig.Signer.Hanging == 1, "its call hangs");
        await giveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);
        int calls = rig.Signer.Calls;

        await rig.AdvanceAsync(s_half);

        WaitUntil(() => rig.Health.ThreadsWrittenOff == 1, "the thread is written off");
        Assert.Equal(calls, rig.Signer.Calls); // nobody waits for that signature
        Assert.Equal(OcspOutcome.Good, (await rig.SignAsync(rig.Request("01"))).Outcome);
    }

    private static async Task<TestRig> StartHungAsync(TestRig rig, int hangs, params StatusChange[] certificates)
    {
        rig.Signer.HangsLeft = hangs;
        rig.Signer.Fault = SignerFault.Hangs;
        await StartAsync(rig, certificates);
        WaitUntil(() => rig.Signer.Hanging == 1, "a presigner thread hangs");
        return rig;
    }

    private static async Task<TestRig> StartLiveHungAsync(int hangs)
    {
        TestRig rig = await StartPreparedAsync(new TestRig(s_single), Good("01"));
        WaitUntil(() => rig.Health.WaitingToBeSigned == 0, "the presigner is done");
        rig.Signer.HangsLeft = hangs;
        rig.Signer.Fault = SignerFault.Hangs;
        return rig;
    }
}
