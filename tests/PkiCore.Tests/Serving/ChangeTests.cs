using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using PkiCore.Ocsp;
using PkiCore.Serving;
using PkiCore.Serving.Storage;
using PkiCore.Signing;
using PkiCore.Status;
using static PkiCore.Tests.Serving.TestRig;

namespace PkiCore.Tests.Serving;

/// <summary>Changes of status as clients see them, also while something is being signed.</summary>
public sealed class ChangeTests
{
    [Fact]
    public async Task A_hold_is_answered_and_released_and_answered_again()
    {
        await using TestRig rig = await StartPreparedAsync(new TestRig(), Good("01"));

        foreach ((StatusChange change, OcspOutcome expected) in new[] { (Held("01"), OcspOutcome.Revoked), (Good("01"), OcspOutcome.Good), (Held("01"), OcspOutcome.Revoked) })
        {
            await rig.DeliverChangesAsync(change);
            Assert.Equal(expected, (await rig.AskAsync("01")).Outcome);
            rig.WaitUntilPrepared(change);
            Assert.Equal(expected, (await rig.AskAsync("01")).Outcome);
        }
    }

    [Fact]
    public async Task Another_reason_is_answered_though_the_certificate_was_revoked_before()
    {
        await using TestRig rig = await StartPreparedAsync(new TestRig(), Revoked("01"));
        SigningBatch? before = rig.Answer("01").Answer.Batch;

        await rig.DeliverChangesAsync(Revoked("01", X509RevocationReason.Superseded));

        Assert.NotSame(before, rig.Answer("01").Answer.Batch);
        rig.WaitUntilPrepared(Revoked("01"));
        Reply reply = await rig.AskAsync("01");
        Assert.Equal(X509RevocationReason.Superseded, reply.Single.Reason);
    }

    [Fact]
    public async Task A_signature_that_is_freed_after_its_successor_was_published_does_not_win()
    {
        var rig = new TestRig(parallelism: 2);
        rig.Signer.HangsLeft = 1;
        rig.Signer.Fault = SignerFault.Hangs;
        await using TestRig started = await StartAsync(rig, Good("01"));
        WaitUntil(() => rig.Signer.Hanging == 1, "good is being signed");
        await rig.DeliverChangesAsync(Held("01"));
        rig.WaitUntilPrepared(Held("01"));
        await rig.DeliverChangesAsync(Good("01"));
        rig.WaitUntilPrepared(Good("01"));
        byte[] latest = rig.Answer("01").Bytes;

        rig.Signer.Free();
        WaitUntil(() => rig.Signer.Hanging == 0, "the first one is done");
        await rig.DeliverChangesAsync(Good("02"));
        rig.WaitUntilPrepared(Good("02"));

        Assert.Equal(latest, rig.Answer("01").Bytes);
        rig.Verify(rig.Answer("01"));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(7)]
    public async Task Revoked_while_the_signer_hangs_nobody_gets_good(int passes)
    {
        StatusChange[] state = [.. Enumerable.Range(1, 9).Select(i => Good(i.ToString("X2", null)))];
        await using TestRig rig = await StartPreparedAsync(new TestRig(new OcspResponderOptions { LiveConcurrency = 1, LiveQueueLength = 2 }), state);
        rig.Signer.PassesLeft = passes;
        rig.Signer.Fault = SignerFault.Hangs;
        await rig.DeliverChangesAsync([.. state.Select(change => Revoked(change.Serial.ToString()))]);

        foreach (StatusChange change in state)
        {
            Task<Reply> asking = rig.AskAsync(change.Serial.ToString());
            rig.Clock.Advance(TimeSpan.FromSeconds(2));
            Assert.Contains((await asking).Outcome, new[] { OcspOutcome.Revoked, OcspOutcome.TryLater });
        }

        rig.Signer.Free();
        rig.WaitUntilPrepared(state);
        Assert.All(state, change => Assert.Equal(OcspOutcome.Revoked, rig.Answer(change.Serial.ToString()).Outcome));
    }

    [Fact]
    public async Task Changes_that_were_overtaken_by_unconfirmed_ones_do_not_keep_others_from_being_signed()
    {
        string[] serials = [.. Enumerable.Range(1, 300).Select(i => i.ToString("X4", null))];
        await using TestRig rig = await StartPreparedAsync(new TestRig(), [.. serials.Select(serial => Good(serial))]);
        rig.Signer.Fault = SignerFault.Throws;
        await rig.DeliverChangesAsync([.. serials.Select(Held), Good("7F00")]);
        WaitUntil(() => rig.Health.Problems.Count > 0, "the signer has failed");
        await rig.DeliverStaleAsync([.. serials.Select(serial => Good(serial))]);
        rig.Signer.Fault = SignerFault.None;

        // The thread that has failed may still be about to end: then another tick is what starts the next one.
        for (int i = 0; i < 50 && rig.Answer("7F00").Answer.Batch is null; i++)
        {
            await rig.AdvanceAsync(TimeSpan.FromSeconds(2));
            SpinWait.SpinUntil(() => rig.Answer("7F00").Answer.Batch is not null, TimeSpan.FromMilliseconds(100));
        }

        rig.WaitUntilPrepared(Good("7F00"));
        Assert.Equal(OcspOutcome.TryLater, (await rig.AskAsync(serials[0])).Outcome);
        await rig.DeliverChangesAsync();
        rig.WaitUntilPrepared([.. serials.Select(serial => Good(serial))]);
    }

    [Fact]
    public async Task A_status_that_flips_within_one_reading_ends_as_the_last_one()
    {
        await using TestRig rig = await StartPreparedAsync(new TestRig(), Good("01"), Good("02"));

        await rig.DeliverChangesAsync([.. Enumerable.Range(0, 501).SelectMany(i => new[] { i % 2 == 0 ? Held("01") : Good("01"), i % 2 == 0 ? Good("02") : Held("02") })]);

        rig.WaitUntilPrepared(Held("01"), Good("02"));
        Assert.Equal(OcspOutcome.Revoked, (await rig.AskAsync("01")).Outcome);
        Assert.Equal(OcspOutcome.Good, (await rig.AskAsync("02")).Outcome);
        WaitUntil(() => rig.Health.WaitingToBeSigned == 0, "nothing is left");
    }

    [Fact]
    public async Task Issuers_come_and_go_while_others_are_asked()
    {
        await using TestRig rig = await StartPreparedAsync(new TestRig(), Good("01"), Revoked("02"));
        using var other = new TestAuthority("CN=Another CA");
        using DotNetSigner signer = other.CreateSigner();
        byte[] request = TestRequest.For(other.Issuer, "01");
        using var done = new CancellationTokenSource();
        Task<int> asking = Task.Run(() => AskAsync(rig, request, done.Token), TestContext.Current.CancellationToken);

        for (int i = 0; i < 20; i++)
        {
            var source = new ScriptedSource();
            rig.Responder.AddIssuer(other.Issuer, signer, source);
            await source.DeliverAsync(new StatusBatch { Kind = StatusBatchKind.CompleteStateEnd, Watermark = rig.Now, Changes = [Good("01")] });
            WaitUntil(() => rig.Answer(request).Outcome == OcspOutcome.Good, "the other issuer's certificate is signed");
            Assert.True(await rig.Responder.RemoveIssuerAsync(other.Issuer));
            Assert.Equal(OcspOutcome.Unauthorized, rig.Answer(request).Outcome);
        }

        await done.CancelAsync();
        Assert.True(await asking > 0);
    }

    /// <summary>The slots of the changes in between are used again, by answers that are not due: whoever waited for these would sign nothing else until they are.</summary>
    [Fact]
    public async Task After_changes_that_followed_each_other_unsigned_the_next_certificates_are_signed_ahead()
    {
        await using TestRig rig = await StartPreparedAsync(new TestRig(), Good("01"), Good("02"));
        await rig.DeliverStaleAsync(Held("02"));
        for (int i = 0; i < 2 * RecordStore.Quarantine; i++)
        {
            await rig.DeliverStaleAsync(i % 2 == 0 ? Held("01") : Good("01"));
        }

        await rig.DeliverChangesAsync();
        rig.WaitUntilPrepared(Good("01"), Held("02"));
        await rig.DeliverChangesAsync(Good("03"));

        rig.WaitUntilPrepared(Good("03"));
        WaitUntil(() => rig.Health.WaitingToBeSigned == 0, "nothing waits to be signed");
    }

    [Fact]
    [Requirement("T-26")]
    public async Task Signatures_of_different_lengths_are_served_side_by_side_during_a_rollover()
    {
        using var rsa = RSA.Create(2048);
        using var small = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var large = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        StatusChange[] state = [.. Enumerable.Range(1, 60).Select(i => i % 3 == 0 ? Revoked(i.ToString("X2", null)) : Good(i.ToString("X2", null)))];
        await using TestRig rig = await StartPreparedAsync(new TestRig(), state);
        var signers = new List<DotNetSigner>();
        foreach (AsymmetricAlgorithm key in new AsymmetricAlgorithm[] { rsa, small, large, rsa })
        {
            signers.Add(rig.Authority.CreateSigner(key: key));
            rig.Responder.SetSigner(rig.Authority.Issuer, signers[^1]);
            Assert.All(state, change => rig.Verify(rig.Answer(change.Serial.ToString()))); // still by the signer before
            await rig.DeliverChangesAsync(Held("7A"), Held("7B"));
            await rig.DeliverChangesAsync(Good("7A"));
            rig.WaitUntilPrepared(Good("7A"), Held("7B"));
            rig.Verify(rig.Answer("7A"));
            Assert.Equal(signers[^1].Certificate.RawData, rig.Answer("7A").Response.Certificates[0].ToArray());

            rig.Clock.StepUtcNow(rig.Answer(state[0].Serial.ToString()).Answer.Batch!.RefreshAt.AddSeconds(1));
            await rig.DeliverChangesAsync();
            WaitUntil(() => state.All(change => IsBy(rig, change, signers[^1])), "all are signed by the next signer");
            Assert.All(state, change => rig.Verify(rig.Answer(change.Serial.ToString())));
        }

        signers.ForEach(signer => signer.Dispose());
    }

    private static bool IsBy(TestRig rig, StatusChange change, DotNetSigner signer) =>
        rig.Answer(change.Serial.ToString()).Response.Certificates[0].Span.SequenceEqual(signer.Certificate.RawData);

    private static async Task<int> AskAsync(TestRig rig, byte[] request, CancellationToken done)
    {
        int count = 0;
        for (; count == 0 || !done.IsCancellationRequested; count++)
        {
            Assert.Equal(OcspOutcome.Good, (await rig.AskAsync("01")).Outcome);
            Assert.Equal(OcspOutcome.Revoked, (await rig.AskAsync("02")).Outcome);
            Assert.Contains(rig.Answer(request).Outcome, new[] { OcspOutcome.Good, OcspOutcome.Unauthorized, OcspOutcome.TryLater, OcspOutcome.NeedsSignature });
        }

        return count;
    }
}
