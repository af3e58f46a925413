using PkiCore.Ocsp;
using PkiCore.Serving;
using PkiCore.Signing;
using PkiCore.Status;
using static PkiCore.Tests.Serving.TestRig;

namespace PkiCore.Tests.Serving;

/// <summary>More requests for live signatures than the signer can make: what can be signed in time is signed, the rest is told so, and nobody else notices.</summary>
public sealed class LiveOverloadTests
{
    private const int QueueLength = 8;

    private static readonly TimeSpan s_signing = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan s_deadline = new OcspResponderOptions().LiveTimeout;

    [Fact]
    public async Task A_signer_that_is_too_slow_for_the_queue_still_signs_as_fast_as_it_can()
    {
        const int steps = 400; // four times the time that a request waits
        await using TestRig rig = await StartSlowAsync(new OcspResponderOptions { LiveConcurrency = 1 });
        var asking = new List<Task<Reply>>();
        for (int step = 1; step <= steps; step++)
        {
            asking.AddRange(Enumerable.Range(0, 5).Select(_ => rig.SignAsync(rig.Request("01")))); // five times what can be signed
            Sign(rig, s_signing);
        }

        Reply[] replies = await EndAsync(rig, asking);

        Assert.InRange(replies.Count(reply => reply.Outcome == OcspOutcome.Good), steps * 9 / 10, replies.Length);
        Assert.All(replies, reply => Assert.True(reply.Outcome is OcspOutcome.Good or OcspOutcome.TryLater));
    }

    [Fact]
    public async Task Beside_a_flood_of_nonces_hits_are_answered_at_once_and_allocate_nothing()
    {
        await using TestRig rig = await StartSlowAsync(Narrow(NoncePolicy.Sign));
        byte[] expected = rig.Answer("01").Bytes;
        byte[] hit = rig.Request("01");
        byte[] buffer = new byte[rig.Responder.MaxResponseLength];
        var asking = new List<Task<Reply>>();
        for (int i = 0; i < 200; i++)
        {
            Reply first = rig.Answer(WithNonce(rig, i));
            Assert.Equal(OcspOutcome.NeedsSignature, first.Outcome);
            asking.Add(rig.SignAsync(WithNonce(rig, i)));
            Assert.InRange(rig.Health.LiveQueueLength, 0, QueueLength);
            Assert.Equal(expected, rig.Answer(hit).Bytes);
        }

        AllocationBudget.Assert("answer-hit", () => rig.Responder.Answer(hit, buffer));
        Assert.InRange(asking.Count(task => !task.IsCompleted), QueueLength, QueueLength + 1); // one is with the signer
        WaitUntil(() => rig.Signer.Hanging == 1, "the signer is at work");

        rig.Clock.Advance(s_deadline);

        Assert.All(await Task.WhenAll(asking), reply => Assert.Equal(OcspOutcome.TryLater, reply.Outcome));
        Assert.Equal(0, rig.Health.LiveQueueLength);
        rig.Signer.Free();
        Assert.Equal(OcspOutcome.Good, (await rig.AskAsync(WithNonce(rig, 7))).Outcome);
    }

    [Theory]
    [InlineData("Unknown", OcspOutcome.Unknown)]
    [InlineData("ExtendedRevoked", OcspOutcome.Revoked)]
    [Requirement("ST-3")]
    public async Task A_flood_of_unknown_serial_numbers_is_shed_and_harms_no_hit(string policy, OcspOutcome outcome)
    {
        await using TestRig rig = await StartSlowAsync(Narrow(unknown: Enum.Parse<UnknownSerialPolicy>(policy)));
        Task<Reply>[] asking = [.. Enumerable.Range(0, 100).Select(i => rig.AskAsync(FormattableString.Invariant($"7{i:X3}")))];

        Assert.InRange(rig.Health.LiveQueueLength, QueueLength - 1, QueueLength);
        Assert.InRange(asking.Count(task => !task.IsCompleted), QueueLength, QueueLength + 1);
        Assert.NotNull(rig.Answer("01").Answer.Batch);

        rig.Signer.Free();
        Reply[] replies = await Task.WhenAll(asking);
        Assert.InRange(replies.Count(reply => reply.Outcome == outcome), QueueLength, QueueLength + 1);
        Assert.All(replies, reply => Assert.True(reply.Outcome == outcome || reply.Outcome == OcspOutcome.TryLater));
    }

    [Fact]
    [Requirement("T-25")]
    public async Task A_request_for_many_certificates_takes_one_place_and_one_signature()
    {
        await using TestRig rig = await StartSlowAsync(Narrow());
        var many = new TestRequest();
        for (int i = 0; i < OcspRequest.DefaultMaxCertificates; i++)
        {
            many.Add(rig.Authority.Issuer, i % 2 == 0 ? "01" : "02");
        }

        byte[] request = many.Encode();
        Task<Reply>[] asking = [.. Enumerable.Range(0, 100).Select(_ => rig.AskAsync(request))];
        Assert.InRange(rig.Health.LiveQueueLength, QueueLength - 1, QueueLength);
        WaitUntil(() => rig.Signer.Hanging == 1, "the signer is at work");
        int calls = rig.Signer.Calls;

        rig.Signer.Free();

        Reply[] signed = [.. (await Task.WhenAll(asking)).Where(reply => reply.Outcome == OcspOutcome.Several)];
        Assert.InRange(signed.Length, QueueLength, QueueLength + 1);
        Assert.Equal(calls + signed.Length - 1, rig.Signer.Calls);
        Assert.All(signed, reply => Assert.Equal(OcspRequest.DefaultMaxCertificates, reply.Response.Responses.Count));
    }

    [Fact]
    public async Task A_flood_at_one_issuer_takes_nothing_from_another()
    {
        await using TestRig rig = await StartSlowAsync(Narrow(NoncePolicy.Sign));
        using var other = new TestAuthority("CN=Other CA");
        using DotNetSigner signer = other.CreateSigner();
        var source = new ScriptedSource();
        rig.Responder.AddIssuer(other.Issuer, signer, source);
        await source.DeliverAsync(new StatusBatch { Kind = StatusBatchKind.CompleteStateEnd, Watermark = rig.Now, Changes = [Good("01")] });
        Task<Reply>[] flood = [.. Enumerable.Range(0, 100).Select(i => rig.SignAsync(WithNonce(rig, i)))];
        WaitUntil(() => rig.Signer.Hanging == 1, "the flooded issuer's signer is at work");

        for (int i = 0; i < 50; i++)
        {
            Reply reply = await rig.SignAsync(new TestRequest().Add(other.Issuer, "01").WithNonce([(byte)i]).Encode());

            Assert.Equal(OcspOutcome.Good, reply.Outcome);
            Assert.Equal(OcspVerificationResult.Valid, OcspResponseVerifier.Verify(reply.Response, other.Issuer, rig.Now));
        }

        Assert.InRange(flood.Count(task => !task.IsCompleted), QueueLength, QueueLength + 1);
        await EndAsync(rig, flood);
    }

    [Fact]
    public async Task A_client_that_gives_up_leaves_its_place_to_another()
    {
        await using TestRig rig = await StartSlowAsync(Narrow());
        Task<Reply> atWork = rig.SignAsync(rig.Request("01"));
        WaitUntil(() => rig.Signer.Hanging == 1, "the signer is at work");
        using var giveUp = new CancellationTokenSource();
        Task<OcspAnswer>[] leaving = [.. Enumerable.Range(0, QueueLength)
            .Select(_ => rig.Responder.SignAsync(rig.Request("01"), new byte[rig.Responder.MaxResponseLength], giveUp.Token).AsTask())];
        Assert.Equal(OcspOutcome.TryLater, (await rig.SignAsync(rig.Request("01"))).Outcome);

        await giveUp.CancelAsync();
        await Task.WhenAll(leaving.Select(task => Assert.ThrowsAnyAsync<OperationCanceledException>(() => task)));

        Assert.Equal(0, rig.Health.LiveQueueLength);
        Task<Reply>[] staying = [.. Enumerable.Range(0, QueueLength).Select(_ => rig.SignAsync(rig.Request("01")))];
        int calls = rig.Signer.Calls;
        rig.Signer.Free();
        Assert.All(await Task.WhenAll([atWork, .. staying]), reply => Assert.Equal(OcspOutcome.Good, reply.Outcome));
        Assert.Equal(calls + QueueLength, rig.Signer.Calls); // nothing was signed for those that left
    }

    [Fact]
    public async Task A_client_that_is_gone_already_takes_no_place()
    {
        await using TestRig rig = await StartSlowAsync(Narrow());
        int calls = rig.Signer.Calls;

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => rig.Responder.SignAsync(rig.Request("01"), new byte[rig.Responder.MaxResponseLength], new CancellationToken(canceled: true)).AsTask());

        Assert.Equal((0, calls), (rig.Health.LiveQueueLength, rig.Signer.Calls));
    }

    [Fact]
    public async Task However_bad_the_signer_was_a_new_request_is_tried()
    {
        await using TestRig rig = await StartSlowAsync(Narrow());
        for (int i = 0; i < 5; i++)
        {
            Task<Reply> slow = rig.SignAsync(rig.Request("01"));
            Sign(rig, (s_deadline / 2) - TimeSpan.FromMilliseconds(1), next: false);
            Assert.Equal(OcspOutcome.Good, (await slow).Outcome);
        }

        rig.Signer.Free();
        Reply[] replies = await Task.WhenAll(Enumerable.Range(0, QueueLength).Select(_ => rig.SignAsync(rig.Request("01"))));

        Assert.All(replies, reply => Assert.Equal(OcspOutcome.Good, reply.Outcome));
    }

    private static OcspResponderOptions Narrow(NoncePolicy nonce = NoncePolicy.Ignore, UnknownSerialPolicy unknown = UnknownSerialPolicy.Unauthorized) =>
        new() { LiveConcurrency = 1, LiveQueueLength = QueueLength, Nonce = nonce, UnknownSerial = unknown };

    private static byte[] WithNonce(TestRig rig, int i) => new TestRequest().Add(rig.Authority.Issuer, "01").WithNonce(BitConverter.GetBytes(i)).Encode();

    /// <summary>Has the signer make one signature, which takes its time.</summary>
    private static void Sign(TestRig rig, TimeSpan duration, bool next = true)
    {
        WaitUntil(() => rig.Signer.Hanging == 1, "the signer is at work");
        int calls = rig.Signer.Calls;
        rig.Clock.Advance(duration);
        rig.Signer.Unblock();
        WaitUntil(() => next ? rig.Signer.Calls > calls : rig.Signer.Hanging == 0, "it is done");
    }

    private static Task<Reply[]> EndAsync(TestRig rig, IEnumerable<Task<Reply>> asking)
    {
        rig.Clock.Advance(s_deadline);
        rig.Signer.Free();
        return Task.WhenAll(asking);
    }

    private static async Task<TestRig> StartSlowAsync(OcspResponderOptions options)
    {
        TestRig rig = await StartPreparedAsync(new TestRig(options), Good("01"), Good("02"));
        WaitUntil(() => rig.Health.WaitingToBeSigned == 0, "the presigner is done");
        rig.Signer.Fault = SignerFault.Hangs;
        return rig;
    }
}
