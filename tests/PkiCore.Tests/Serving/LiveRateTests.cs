using PkiCore.Ocsp;
using PkiCore.Serving;
using PkiCore.Signing;
using PkiCore.Status;
using static PkiCore.Tests.Serving.TestRig;

namespace PkiCore.Tests.Serving;

/// <summary>The limit of live signatures per second.</summary>
public sealed class LiveRateTests
{
    private const int PerSecond = 5;

    [Fact]
    public async Task Requests_above_the_rate_are_shed_and_cost_no_signature()
    {
        await using TestRig rig = await StartAsync(PerSecond);
        int calls = rig.Signer.Calls;

        Assert.Equal(PerSecond, await CountSignedAsync(rig, 20));

        Assert.Equal(calls + PerSecond, rig.Signer.Calls);
        Assert.NotNull(rig.Answer("01").Answer.Batch);
    }

    [Fact]
    public async Task The_rate_refills_by_the_clock_and_never_above_one_second()
    {
        await using TestRig rig = await StartAsync(PerSecond);
        Assert.Equal(PerSecond, await CountSignedAsync(rig, 20));

        rig.Clock.Advance(TimeSpan.FromSeconds(1.0 / PerSecond));
        Assert.Equal(1, await CountSignedAsync(rig, 20));

        rig.Clock.Advance(TimeSpan.FromSeconds(0.5 / PerSecond));
        Assert.Equal(0, await CountSignedAsync(rig, 20));

        rig.Clock.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal(PerSecond, await CountSignedAsync(rig, 20));
    }

    [Fact]
    public async Task A_clock_that_is_set_back_or_forward_neither_stops_nor_fills_it()
    {
        await using TestRig rig = await StartAsync(PerSecond);
        Assert.Equal(PerSecond, await CountSignedAsync(rig, 20));

        rig.Clock.StepUtcNow(rig.Now.AddMinutes(1));
        Assert.Equal(0, await CountSignedAsync(rig, 20));

        rig.Clock.StepUtcNow(rig.Now.AddHours(-1));
        await rig.DeliverChangesAsync(); // the reading before lies in the future now
        Assert.Equal(0, await CountSignedAsync(rig, 20));

        rig.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(PerSecond, await CountSignedAsync(rig, 20));
    }

    [Fact]
    public async Task Every_issuer_has_a_rate_of_its_own()
    {
        await using TestRig rig = await StartAsync(PerSecond);
        using var other = new TestAuthority("CN=Other CA");
        using DotNetSigner signer = other.CreateSigner();
        var source = new ScriptedSource();
        rig.Responder.AddIssuer(other.Issuer, signer, source);
        await source.DeliverAsync(new StatusBatch { Kind = StatusBatchKind.CompleteStateEnd, Watermark = rig.Now, Changes = [Good("01")] });
        Assert.Equal(PerSecond, await CountSignedAsync(rig, 20));

        Assert.Equal(OcspOutcome.Good, (await rig.SignAsync(TestRequest.For(other.Issuer, "01"))).Outcome);
    }

    [Fact]
    public async Task Without_a_limit_the_signer_sets_the_pace()
    {
        await using TestRig rig = await StartAsync(null);

        Assert.Equal(1000, await CountSignedAsync(rig, 1000));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(7)]
    [InlineData(1_000)]
    [InlineData(99_999)]
    [InlineData(100_000)]
    public void In_any_number_of_seconds_it_lets_through_as_many_as_it_says(int perSecond)
    {
        const int seconds = 10;
        var clock = new ManualTimeProvider();
        var limit = new RateLimit(perSecond, clock);
        Assert.InRange(CountPassed(limit), perSecond, perSecond * 1001L / 1000);
        int passed = 0;
        for (int i = 0; i < seconds * 10; i++)
        {
            clock.Advance(TimeSpan.FromSeconds(0.1));
            passed += CountPassed(limit);
        }

        Assert.InRange(passed, perSecond * seconds, (perSecond * seconds * 1001L / 1000) + 1);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(100_001)]
    public void A_rate_out_of_range_is_refused(int perSecond)
    {
        var refusal = Assert.Throws<ArgumentException>(() => new OcspResponder(new OcspResponderOptions { MaxLiveSignaturesPerSecond = perSecond }));

        Assert.Equal("MaxLiveSignaturesPerSecond", refusal.ParamName);
    }

    private static int CountPassed(RateLimit limit)
    {
        int passed = 0;
        while (limit.TryPass())
        {
            passed++;
        }

        return passed;
    }

    private static async Task<int> CountSignedAsync(TestRig rig, int requests)
    {
        int signed = 0;
        for (int i = 0; i < requests; i++)
        {
            Reply reply = await rig.SignAsync(rig.Request("01"));
            Assert.True(reply.Outcome is OcspOutcome.Good or OcspOutcome.TryLater);
            signed += reply.Outcome == OcspOutcome.Good ? 1 : 0;
        }

        return signed;
    }

    private static async Task<TestRig> StartAsync(int? perSecond)
    {
        TestRig rig = await StartPreparedAsync(new TestRig(new OcspResponderOptions { MaxLiveSignaturesPerSecond = perSecond }), Good("01"));
        WaitUntil(() => rig.Health.WaitingToBeSigned == 0, "the presigner is done");
        return rig;
    }
}
