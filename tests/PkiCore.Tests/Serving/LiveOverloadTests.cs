using PkiCore.Ocsp;
using PkiCore.Serving;
using static PkiCore.Tests.Serving.TestRig;

namespace PkiCore.Tests.Serving;

/// <summary>More requests for live signatures than the signer can make: what can be signed in time is signed, the rest is told so.</summary>
public sealed class LiveOverloadTests
{
    private static readonly TimeSpan s_signing = TimeSpan.FromMilliseconds(20);

    [Fact]
    public async Task A_signer_that_is_too_slow_for_the_queue_still_signs_as_fast_as_it_can()
    {
        const int steps = 400; // four times the time that a request waits
        await using TestRig rig = await StartSlowAsync(new OcspResponderOptions { LiveConcurrency = 1 });
        var asking = new List<Task<Reply>>();
        for (int step = 1; step <= steps; step++)
        {
            for (int i = 0; i < 5; i++)
            {
                asking.Add(rig.SignAsync(rig.Request("01"))); // five times what can be signed
            }

            Sign(rig);
        }

        rig.Signer.Free();
        rig.Clock.Advance(TimeSpan.FromSeconds(2));
        Reply[] replies = await Task.WhenAll(asking);

        Assert.InRange(replies.Count(reply => reply.Outcome == OcspOutcome.Good), steps * 9 / 10, replies.Length);
        Assert.All(replies, reply => Assert.True(reply.Outcome is OcspOutcome.Good or OcspOutcome.TryLater));
    }

    /// <summary>Has the signer make one signature, which takes its time.</summary>
    private static void Sign(TestRig rig)
    {
        WaitUntil(() => rig.Signer.Hanging == 1, "the signer is at work");
        int calls = rig.Signer.Calls;
        rig.Clock.Advance(s_signing);
        rig.Signer.Unblock();
        WaitUntil(() => rig.Signer.Calls > calls, "it is at the next one");
    }

    private static async Task<TestRig> StartSlowAsync(OcspResponderOptions options)
    {
        TestRig rig = await StartPreparedAsync(new TestRig(options), Good("01"));
        WaitUntil(() => rig.Health.WaitingToBeSigned == 0, "the presigner is done");
        rig.Signer.Fault = SignerFault.Hangs;
        return rig;
    }
}
