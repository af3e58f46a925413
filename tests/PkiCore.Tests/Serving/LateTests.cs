using PkiCore.Serving;
using static PkiCore.Tests.Serving.TestRig;

namespace PkiCore.Tests.Serving;

/// <summary>What an operator is to be alarmed by: answers that are not signed in time.</summary>
public sealed class LateTests
{
    [Fact]
    public async Task A_certificate_that_is_not_signed_within_a_minute_is_late_until_it_is()
    {
        await using TestRig rig = await StartPreparedAsync(new TestRig(), Good("01"), Good("02"));
        rig.Signer.Fault = SignerFault.Throws;
        await rig.DeliverChangesAsync(Revoked("01"), Good("03"));
        await AdvanceByTicksAsync(rig, 59);
        Assert.Equal((0, 2, 0), (rig.Health.Late, rig.Health.WaitingToBeSigned, rig.Health.Due));

        await AdvanceByTicksAsync(rig, 3);
        Assert.Equal(2, rig.Health.Late);
        await rig.DeliverChangesAsync(Good("04"));
        Assert.Equal((2, 3), (rig.Health.Late, rig.Health.WaitingToBeSigned)); // that one has only just come

        rig.Signer.Fault = SignerFault.None;
        await AdvanceByTicksAsync(rig, 2);
        WaitUntil(() => rig.Health is { Late: 0, WaitingToBeSigned: 0 }, "all are signed");
    }

    [Fact]
    public async Task Certificates_that_come_and_are_signed_all_the_time_are_not_late()
    {
        await using TestRig rig = await StartPreparedAsync(new TestRig(), Good("01"));
        for (int i = 0; i < 70; i++)
        {
            await rig.DeliverChangesAsync(i % 2 == 0 ? Held("01") : Good("01"));
            rig.WaitUntilPrepared(Good("01"));
            await AdvanceByTicksAsync(rig, 1);
        }

        Assert.Equal(0, rig.Health.Late);
    }

    [Fact]
    public async Task An_answer_is_due_first_and_late_a_minute_after_the_latest_refresh()
    {
        var options = new OcspResponderOptions { Validity = TimeSpan.FromDays(4), RefreshAfter = TimeSpan.FromDays(1), RefreshBy = TimeSpan.FromDays(2) };
        await using TestRig rig = await StartPreparedAsync(new TestRig(options), Good("01"));
        SigningBatch batch = rig.Answer("01").Answer.Batch!;
        rig.Signer.Fault = SignerFault.Throws;
        rig.Clock.StepUtcNow(batch.RefreshAt.AddSeconds(-1));
        Assert.Equal((0, 0), (rig.Health.Due, rig.Health.Late));

        rig.Clock.StepUtcNow(batch.ThisUpdate + TimeSpan.FromDays(2) + TimeSpan.FromMinutes(1));
        Assert.Equal((1, 1, 0), (rig.Health.Due, rig.Health.WaitingToBeSigned, rig.Health.Late));

        rig.Clock.StepUtcNow(rig.Now.AddSeconds(1));
        Assert.Equal((1, 1, 1), (rig.Health.Due, rig.Health.WaitingToBeSigned, rig.Health.Late));

        rig.Clock.StepUtcNow(batch.NextUpdate);
        Assert.Equal(1, rig.Health.Late);
    }

    [Fact]
    public async Task A_signer_whose_end_is_near_has_all_the_less_time()
    {
        var options = new OcspResponderOptions { Validity = TimeSpan.FromDays(4) };
        var end = new DateTimeOffset(2026, 1, 2, 0, 0, 0, TimeSpan.Zero); // a quarter of the validity
        await using TestRig rig = await StartPreparedAsync(new TestRig(options, new ResponderTerms { NotAfter = end }), Good("01"));
        SigningBatch batch = rig.Answer("01").Answer.Batch!;
        rig.Signer.Fault = SignerFault.Throws;

        rig.Clock.StepUtcNow(batch.ThisUpdate + (TimeSpan.FromDays(1) * 7 / 16) + TimeSpan.FromSeconds(59));
        Assert.Equal(0, rig.Health.Late);
        rig.Clock.StepUtcNow(rig.Now.AddSeconds(2));
        Assert.Equal(1, rig.Health.Late);
    }

    /// <summary>One second at a time, as the periodic task sees them.</summary>
    private static async Task AdvanceByTicksAsync(TestRig rig, int seconds)
    {
        for (int i = 0; i < seconds; i++)
        {
            await rig.AdvanceAsync(TimeSpan.FromSeconds(1));
        }
    }
}
