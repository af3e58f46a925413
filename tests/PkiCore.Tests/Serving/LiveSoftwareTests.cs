using System.Runtime.Versioning;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging.Abstractions;
using PkiCore.Ocsp;
using PkiCore.Serving;
using PkiCore.Signing;
using PkiCore.Status;
using static PkiCore.Tests.Serving.TestRig;

namespace PkiCore.Tests.Serving;

/// <summary>The live lane with keys as they come from files.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class LiveSoftwareTests
{
    private static readonly TimeSpan s_duration = TimeSpan.FromSeconds(2);

    [Fact]
    public void Signing_a_reply_allocates_little_more_than_the_reply()
    {
        var clock = new ManualTimeProvider();
        var options = new OcspResponderOptions { Nonce = NoncePolicy.Sign };
        using var authority = new TestAuthority();
        using ISigner signer = CreateSigner(authority);
        using var metrics = new ResponderMetrics(null, () => new ResponderHealth([]), clock);
        var issuer = new ServedIssuer(authority.Issuer, new ScriptedSource(), options, clock, metrics, NullLogger.Instance, NullLogger.Instance);
        issuer.SetSigner(signer);
        SourceReception.Apply(new StatusBatch { Kind = StatusBatchKind.CompleteStateEnd, Watermark = clock.GetUtcNow(), Changes = [Good("01")] }, [issuer]);
        var live = new LiveReplySigner(issuer, options, clock);
        var workspace = new LiveReplySigner.Workspace(options);
        var thread = new SigningThread();
        byte[] request = new TestRequest().Add(authority.Issuer, "01").WithNonce([1, 2, 3]).Encode();

        AllocationBudget.Assert("sign a live reply", () => live.Sign(thread, workspace, request, Patience));

        Assert.Equal(OcspOutcome.Good, live.Sign(thread, workspace, request, Patience).Outcome);
        WaitUntil(() => issuer.Presigner.UnfinishedCount == 0, "the presigner needs the signer no more");
    }

    [Fact]
    public async Task A_request_waits_for_a_turn_at_the_processors_and_not_past_its_deadline()
    {
        await using TestRig rig = await StartAsync(new OcspResponderOptions());
        ProcessorTurns.Turn[] turns = TakeAllTurns();
        try
        {
            int waiting = ProcessorTurns.Shared.Waiting;
            Task<Reply> asking = rig.SignAsync(rig.Request("01"));
            WaitUntil(() => ProcessorTurns.Shared.Waiting > waiting, "the live thread waits for its turn");
            Assert.Equal(1, rig.Health.LiveQueueLength);
            rig.Clock.Advance(TimeSpan.FromSeconds(2));

            Assert.Equal(OcspOutcome.TryLater, (await asking).Outcome);
            Assert.Equal(0, rig.Health.LiveQueueLength);
        }
        finally
        {
            Array.ForEach(turns, ProcessorTurns.Shared.End);
        }

        Assert.Equal(OcspOutcome.Good, (await rig.SignAsync(rig.Request("01"))).Outcome);
    }

    [Fact]
    public async Task An_operator_who_says_how_many_are_signed_at_once_is_taken_at_his_word()
    {
        await using TestRig rig = await StartAsync(new OcspResponderOptions { LiveConcurrency = 1 });
        ProcessorTurns.Turn[] turns = TakeAllTurns();
        try
        {
            Assert.Equal(OcspOutcome.Good, (await rig.SignAsync(rig.Request("01"))).Outcome);
        }
        finally
        {
            Array.ForEach(turns, ProcessorTurns.Shared.End);
        }
    }

    [Fact]
    public async Task A_key_handed_over_by_a_program_may_wait_for_a_device_and_keeps_no_turn()
    {
        await using TestRig rig = await StartPreparedAsync(new TestRig(), Good("01"));
        ProcessorTurns.Turn[] turns = TakeAllTurns();
        try
        {
            Assert.Equal(OcspOutcome.Good, (await rig.SignAsync(rig.Request("01"))).Outcome);
        }
        finally
        {
            Array.ForEach(turns, ProcessorTurns.Shared.End);
        }
    }

    [Fact]
    [Requirement("RS-11", "OX-4")]
    public async Task Whatever_comes_at_once_every_reply_is_right_and_nothing_stays_behind()
    {
        TimeProvider clock = TimeProvider.System;
        using var authority = new TestAuthority();
        using ISigner signer = CreateSigner(authority);
        await using var responder = new OcspResponder(
            new OcspResponderOptions { Nonce = NoncePolicy.Sign, UnknownSerial = UnknownSerialPolicy.Unknown, LiveQueueLength = 16 }, clock);
        var source = new ScriptedSource();
        responder.AddIssuer(authority.Issuer, signer, source);
        Task started = responder.StartAsync(TestContext.Current.CancellationToken);
        await DeliverAsync(source, StatusBatchKind.CompleteStateEnd, Good("01"), Good("02"));
        await started;
        int held = 0; // odd while 02 is on hold
        long end = clock.GetTimestamp() + (long)(s_duration.TotalSeconds * clock.TimestampFrequency);

        Task<int>[] clients = [.. Enumerable.Range(0, 32).Select(i => Task.Run(() => AskAsync(i), TestContext.Current.CancellationToken))];
        while (clock.GetTimestamp() < end)
        {
            await DeliverAsync(source, StatusBatchKind.Changes, Held("02"));
            Interlocked.Increment(ref held);
            await DeliverAsync(source, StatusBatchKind.Changes); // another reading
            Interlocked.Increment(ref held);
            await DeliverAsync(source, StatusBatchKind.Changes, Good("02"));
        }

        int[] signed = await Task.WhenAll(clients);

        Assert.All(Enumerable.Range(0, 4), kind => Assert.NotEqual(0, signed.Where((_, i) => i % 4 == kind).Sum()));
        Assert.Equal(0, responder.GetHealth().Issuers[0].LiveQueueLength);
        Assert.Equal(0, responder.GetHealth().Issuers[0].ThreadsWrittenOff);

        async Task<int> AskAsync(int client)
        {
            int count = 0;
            byte[] buffer = new byte[responder.MaxResponseLength];
            for (int i = 0; clock.GetTimestamp() < end || (count == 0 && i < 100_000); i++)
            {
                byte[] nonce = [(byte)client, .. BitConverter.GetBytes(i)];
                TestRequest request = new TestRequest().Add(authority.Issuer, client % 4 == 1 ? "7F" : "02").WithNonce(nonce);
                for (int more = client % 4 == 2 ? 31 : 0; more > 0; more--)
                {
                    request.Add(authority.Issuer, more % 2 == 0 ? "01" : "02");
                }

                int before = Volatile.Read(ref held);
                byte[] encoded = request.Encode();
                Assert.Equal(OcspOutcome.NeedsSignature, responder.Answer(encoded, buffer).Outcome);
                using var giveUp = new CancellationTokenSource(client % 4 == 3 && i % 2 == 0 ? TimeSpan.FromMilliseconds(1) : Patience);
                try
                {
                    OcspAnswer answer = await responder.SignAsync(encoded, buffer, giveUp.Token);
                    bool wasHeld = before % 2 == 1 && Volatile.Read(ref held) == before;
                    count += Judge(authority, answer, buffer.AsSpan(0, answer.Length), nonce, wasHeld, clock.GetUtcNow());
                }
                catch (OperationCanceledException)
                {
                    Assert.True(giveUp.IsCancellationRequested);
                    await Task.Yield();
                }
            }

            return count;
        }
    }

    private static int Judge(TestAuthority authority, OcspAnswer answer, ReadOnlySpan<byte> reply, byte[] nonce, bool wasHeld, DateTimeOffset now)
    {
        if (answer.Outcome == OcspOutcome.TryLater)
        {
            Assert.Equal("30030A0103", Convert.ToHexString(reply));
            return 0;
        }

        OcspResponse response = OcspResponse.Parse(reply.ToArray())!;
        Assert.Equal(OcspVerificationResult.Valid, OcspResponseVerifier.Verify(response, authority.Issuer, now));
        Assert.Equal(nonce, response.Nonce.ToArray());
        byte[] changing = TestRequest.Contents("02");
        foreach (OcspSingleResponse single in response.Responses)
        {
            Assert.True(single.ThisUpdate <= response.ProducedAt && response.ProducedAt <= now && now < single.NextUpdate);
            bool mayChange = single.SerialNumber.Span.SequenceEqual(changing);
            Assert.True(!wasHeld || !mayChange || single.Status == OcspCertificateStatus.Revoked, $"{single.Status} during a hold");
        }

        Assert.Single(response.Responses.Where(single => single.SerialNumber.Span.SequenceEqual(changing)).Select(single => single.Status).DefaultIfEmpty().Distinct());
        return 1;
    }

    private static ProcessorTurns.Turn[] TakeAllTurns()
    {
        ProcessorTurns.Turn[] turns = [.. Enumerable.Range(0, Math.Max(1, Environment.ProcessorCount / 2)).Select(_ => new ProcessorTurns.Turn())];
        Array.ForEach(turns, turn => ProcessorTurns.Shared.Begin(turn, TimeProvider.System));
        return turns;
    }

    private static async Task<TestRig> StartAsync(OcspResponderOptions options)
    {
        TestRig rig = await StartPreparedAsync(new TestRig(options), Good("01"));
        rig.Responder.SetSigner(rig.Authority.Issuer, CreateSigner(rig.Authority));
        return rig;
    }

    private static Task DeliverAsync(ScriptedSource source, StatusBatchKind kind, params StatusChange[] changes) =>
        source.DeliverAsync(new StatusBatch { Kind = kind, Watermark = TimeProvider.System.GetUtcNow(), Changes = changes });

    private static ISigner CreateSigner(TestAuthority authority)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return SoftwareSigner.FromOpenSsl(authority.IssueResponder(key), key.ExportPkcs8PrivateKeyPem(), default, algorithm: null);
    }
}
