using PkiCore.Ocsp;
using PkiCore.Serving;
using PkiCore.Status;
using static PkiCore.Tests.Serving.TestRig;

namespace PkiCore.Tests.Serving;

/// <summary>Certificates that have expired are signed no more; a clock that was wrong does not expire any for good.</summary>
public sealed class ExpiryTests
{
    private static readonly TimeSpan s_second = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task What_only_seemed_to_have_expired_is_signed_again_when_the_clock_is_right()
    {
        var rig = new TestRig();
        DateTimeOffset now = rig.Now;
        await using TestRig started = await StartPreparedAsync(rig, Good("01", now.AddDays(10)), Good("02", now.AddDays(1)));
        await SetAsideAsync(rig, now.AddDays(20));

        rig.Clock.StepUtcNow(now.AddHours(1));
        await rig.DeliverChangesAsync();
        await rig.AdvanceAsync(s_second);

        rig.WaitUntilPrepared(Good("01"), Good("02"));
        Assert.Equal(OcspOutcome.Good, (await rig.AskAsync("01")).Outcome);
    }

    [Fact]
    public async Task It_is_even_when_something_expires_before_the_next_tick()
    {
        var rig = new TestRig();
        DateTimeOffset now = rig.Now;
        await using TestRig started = await StartPreparedAsync(rig, Good("01", now.AddDays(10)));
        await SetAsideAsync(rig, now.AddDays(20));
        rig.Clock.StepUtcNow(now.AddDays(3));
        await rig.DeliverChangesAsync(Good("02", now.AddDays(2)));
        WaitUntil(() => rig.Health.WaitingToBeSigned == 0, "the other one is set aside too");

        await rig.AdvanceAsync(s_second);

        rig.WaitUntilPrepared(Good("01"));
        Assert.Equal(OcspOutcome.Unauthorized, rig.Answer("02").Outcome);
    }

    [Fact]
    public async Task A_longer_validity_brings_it_back()
    {
        var rig = new TestRig();
        DateTimeOffset now = rig.Now;
        await using TestRig started = await StartPreparedAsync(rig, Good("01", now.AddDays(1)));
        await SetAsideAsync(rig, now.AddDays(2));

        await rig.DeliverChangesAsync(Good("01", now.AddDays(30)));

        rig.WaitUntilPrepared(Good("01"));
        Assert.Equal(OcspOutcome.Good, (await rig.AskAsync("01")).Outcome);
    }

    [Fact]
    public async Task A_change_of_its_status_does_not_bring_it_back()
    {
        var rig = new TestRig();
        DateTimeOffset now = rig.Now;
        await using TestRig started = await StartPreparedAsync(rig, Good("01", now.AddDays(1)));
        await SetAsideAsync(rig, now.AddDays(2));
        int calls = rig.Signer.Calls;

        await rig.DeliverChangesAsync(Revoked("01", notAfter: now.AddDays(1)));

        WaitUntil(() => rig.Health.WaitingToBeSigned == 0, "it is set aside again");
        Assert.Equal((calls, OcspOutcome.Unauthorized), (rig.Signer.Calls, rig.Answer("01").Outcome));
    }

    /// <summary>Everything is due and has expired.</summary>
    private static async Task SetAsideAsync(TestRig rig, DateTimeOffset now)
    {
        rig.Clock.StepUtcNow(now);
        await rig.DeliverChangesAsync();
        WaitUntil(() => rig.Health is { OldestAnswer: null, WaitingToBeSigned: 0 }, "the expired certificates are set aside");
    }
}
