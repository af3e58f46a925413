using PkiCore.Ocsp;
using PkiCore.Serving;
using PkiCore.Signing;
using static PkiCore.Tests.Serving.TestRig;

namespace PkiCore.Tests.Serving;

/// <summary>Live replies share what is the same within a second, and nothing that is not.</summary>
public sealed class LiveTemplateTests
{
    private static readonly TimeSpan s_tenth = TimeSpan.FromSeconds(0.1);

    [Fact]
    [Requirement("RS-10", "RS-11")]
    public async Task Each_second_has_its_own_time_of_signing()
    {
        await using TestRig rig = await StartPreparedAsync(new TestRig(), Good("01"));
        DateTimeOffset start = rig.Now;
        for (int i = 0; i <= 25; i++)
        {
            Reply reply = await SignAsync(rig);

            Assert.Equal(start.AddSeconds(i / 10), reply.Response.ProducedAt);
            Assert.Equal(start, reply.Single.ThisUpdate);
            rig.Clock.Advance(s_tenth);
        }
    }

    [Fact]
    public async Task A_reading_within_the_second_counts_at_once()
    {
        await using TestRig rig = await StartPreparedAsync(new TestRig(), Good("01"));
        rig.Clock.Advance(TimeSpan.FromSeconds(5));
        DateTimeOffset before = (await SignAsync(rig)).Single.ThisUpdate;

        await rig.DeliverChangesAsync(Revoked("01"));

        Reply reply = await SignAsync(rig);
        Assert.Equal(OcspOutcome.Revoked, reply.Outcome);
        Assert.Equal((rig.Now, before.AddSeconds(5)), (reply.Single.ThisUpdate, rig.Now));
    }

    [Fact]
    public async Task A_reading_that_gets_too_old_within_the_second_is_relied_on_no_more()
    {
        await using TestRig rig = await StartPreparedAsync(new TestRig(new OcspResponderOptions { MaxSourceAge = TimeSpan.FromMinutes(1) + s_tenth }), Good("01"));
        rig.Clock.StepUtcNow(rig.Now.AddMinutes(1));
        Assert.Equal(OcspOutcome.Good, (await SignAsync(rig)).Outcome);

        rig.Clock.Advance(2 * s_tenth);

        Assert.Equal(OcspOutcome.TryLater, (await rig.SignAsync(rig.Request("01"))).Outcome);
    }

    [Fact]
    [Requirement("T-16", "RS-11")]
    public async Task A_clock_that_is_set_back_puts_no_reply_in_the_future()
    {
        await using TestRig rig = await StartPreparedAsync(new TestRig(), Good("01"));
        rig.Clock.StepUtcNow(rig.Now.AddSeconds(10));
        await SignAsync(rig);

        foreach (double back in new[] { 0.1, 0.5, 5 })
        {
            rig.Clock.StepUtcNow(rig.Now.AddSeconds(-back));
            await SignAsync(rig);
        }
    }

    [Fact]
    public async Task Another_signer_signs_at_once_under_its_own_name()
    {
        await using TestRig rig = await StartPreparedAsync(new TestRig(), Good("01"));
        await SignAsync(rig);
        using DotNetSigner next = rig.Authority.CreateSigner(new ResponderTerms { Subject = "CN=Next" });

        rig.Responder.SetSigner(rig.Authority.Issuer, next);

        Reply reply = await SignAsync(rig);
        Assert.Equal(next.Certificate.RawData, Assert.Single(reply.Response.Certificates).ToArray());
    }

    private static async Task<Reply> SignAsync(TestRig rig)
    {
        Reply reply = await rig.SignAsync(rig.Request("01"));
        rig.Verify(reply);
        return reply;
    }
}
