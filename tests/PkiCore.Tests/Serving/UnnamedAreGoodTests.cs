using PkiCore.Ocsp;
using PkiCore.Serving;
using PkiCore.Status;
using PkiCore.X509;
using static PkiCore.Tests.Serving.TestRig;

namespace PkiCore.Tests.Serving;

/// <summary>A source that names every revoked certificate: what it does not name is good.</summary>
public sealed class UnnamedAreGoodTests
{
    private static readonly TimeSpan s_second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_hour = TimeSpan.FromHours(1);
    private static readonly TimeSpan s_day = TimeSpan.FromDays(1);

    [Theory]
    [InlineData(UnknownSerialPolicy.Unauthorized)]
    [InlineData(UnknownSerialPolicy.Unknown)]
    [InlineData(UnknownSerialPolicy.ExtendedRevoked)]
    [Requirement("ST-2", "HC-9")]
    public async Task What_is_not_named_is_good_under_any_policy_signed_live_and_for_no_cache(UnknownSerialPolicy policy)
    {
        await using TestRig rig = await StartAsync(new OcspResponderOptions { UnknownSerial = policy });
        Assert.Equal(OcspOutcome.NeedsSignature, rig.Answer("FF").Outcome);

        Reply reply = await rig.AskAsync("FF");

        Assert.Equal(OcspOutcome.Good, reply.Outcome);
        Assert.Equal(OcspCertificateStatus.Good, reply.Single.Status);
        reply.Single.AssertTimes(rig.Now - s_hour, rig.Now + s_day);
        Assert.Null(reply.Answer.Batch);
        Assert.False(reply.Response.HasExtendedRevoke);
        Assert.Equal(OcspOutcome.Revoked, (await rig.AskAsync("02")).Outcome);
    }

    [Fact]
    [Requirement("OX-1")]
    public async Task It_is_good_with_a_nonce_and_next_to_other_certificates()
    {
        await using TestRig rig = await StartAsync(new OcspResponderOptions { Nonce = NoncePolicy.Sign, UnknownSerial = UnknownSerialPolicy.ExtendedRevoked });

        Reply reply = await rig.AskAsync(new TestRequest().Add(rig.Authority.Issuer, "FF").WithNonce([1, 2, 3]).Encode());
        Reply several = await rig.AskAsync(new TestRequest().Add(rig.Authority.Issuer, "FE").Add(rig.Authority.Issuer, "02").Add(rig.Authority.Issuer, "FD").Encode());

        Assert.Equal(OcspOutcome.Good, reply.Outcome);
        Assert.Equal([1, 2, 3], reply.Response.Nonce.ToArray());
        Assert.Equal(
            [OcspCertificateStatus.Good, OcspCertificateStatus.Revoked, OcspCertificateStatus.Good],
            several.Response.Responses.Select(single => single.Status));
        Assert.False(several.Response.HasExtendedRevoke);
    }

    [Fact]
    public async Task A_serial_number_that_no_certificate_can_have_is_unauthorized_all_the_same()
    {
        await using TestRig rig = await StartAsync();
        byte[] request = new TestRequest().Add(
            "2.16.840.1.101.3.4.2.1", rig.Authority.Issuer.GetNameHash(CertIdHash.Sha256), rig.Authority.Issuer.GetKeyHash(CertIdHash.Sha256), [0x01, .. new byte[21]]).Encode();

        Assert.Equal(OcspOutcome.Unauthorized, (await rig.AskAsync(request)).Outcome);
        Assert.Equal(OcspOutcome.Unauthorized, (await rig.SignAsync(request)).Outcome);
    }

    [Fact]
    [Requirement("BR-16", "ST-7")]
    public async Task What_a_source_does_not_name_is_not_good_unless_it_says_so()
    {
        await using TestRig rig = new();
        await rig.StartWithAsync(rig.State(s_hour, s_day, Revoked("02")));

        Assert.Equal(OcspOutcome.Unauthorized, (await rig.AskAsync("FF")).Outcome);
        Assert.Equal(OcspOutcome.Unauthorized, (await rig.SignAsync(rig.Request("FF"))).Outcome);
    }

    [Fact]
    public async Task A_source_that_says_so_no_more_is_believed_at_once()
    {
        await using TestRig rig = await StartAsync();
        Assert.Equal(OcspOutcome.Good, (await rig.AskAsync("FF")).Outcome);

        await rig.DeliverAsync(s_hour, s_day);

        Assert.Equal(OcspOutcome.Unauthorized, rig.Answer("FF").Outcome);
        Assert.Equal(OcspOutcome.Unauthorized, (await rig.SignAsync(rig.Request("FF"))).Outcome);
    }

    [Fact]
    public async Task Before_the_source_is_read_and_after_its_end_nothing_is_said_of_it()
    {
        await using TestRig rig = new();
        _ = rig.Responder.StartAsync(TestContext.Current.CancellationToken);
        Assert.Equal(OcspOutcome.TryLater, (await rig.AskAsync("FF")).Outcome);
        await rig.Source.DeliverAsync(new StatusBatch { Kind = StatusBatchKind.CompleteState, Changes = [Revoked("02")], Watermark = rig.Now - s_hour, ValidUntil = rig.Now + s_day, UnnamedAreGood = true });
        Assert.Equal(OcspOutcome.TryLater, (await rig.AskAsync("FF")).Outcome); // it may be in the next part
        await rig.Source.DeliverAsync(State(rig, s_hour, s_day));
        DateTimeOffset end = rig.Now + s_day;
        Assert.Equal(OcspOutcome.Good, (await rig.AskAsync("FF")).Outcome);

        rig.Clock.StepUtcNow(end.AddMinutes(-1));
        Assert.Equal(end, (await rig.AskAsync("FF")).Single.NextUpdate);
        rig.Clock.StepUtcNow(rig.Now + s_second);
        Assert.Equal(OcspOutcome.TryLater, rig.Answer("FF").Outcome);
        Assert.Equal(OcspOutcome.TryLater, (await rig.SignAsync(rig.Request("FF"))).Outcome);
        rig.Clock.StepUtcNow(end + s_hour);
        Assert.Equal(OcspOutcome.TryLater, (await rig.AskAsync("FF")).Outcome);

        await rig.Source.DeliverAsync(Changes(rig, s_hour, s_day));
        Assert.Equal(OcspOutcome.Good, (await rig.AskAsync("FF")).Outcome);
    }

    [Fact]
    public async Task Asking_for_random_serial_numbers_costs_no_memory()
    {
        await using TestRig rig = await StartAsync(new OcspResponderOptions { MaxLiveSignaturesPerSecond = 10 });
        (int certificates, long bytes) = (rig.Health.Certificates, rig.Health.TableBytes);
        var outcomes = new List<OcspOutcome>();
        for (int i = 0; i < 2000; i++)
        {
            outcomes.Add((await rig.AskAsync($"7000{i:X4}")).Outcome);
        }

        Assert.Equal((certificates, bytes), (rig.Health.Certificates, rig.Health.TableBytes));
        Assert.Equal(10, outcomes.Count(outcome => outcome == OcspOutcome.Good)); // the clock stands still
        Assert.Equal(1990, outcomes.Count(outcome => outcome == OcspOutcome.TryLater));
        Assert.Equal(OcspOutcome.Revoked, rig.Answer("02").Outcome);
    }

    [Fact]
    public async Task Looking_at_an_unnamed_one_allocates_nothing()
    {
        await using TestRig rig = await StartAsync();
        byte[] request = rig.Request("FF");
        byte[] reply = new byte[rig.Responder.MaxResponseLength];

        AllocationBudget.Assert("answer-error", () => rig.Responder.Answer(request, reply));
    }

    [Fact]
    public async Task After_its_revocation_an_unnamed_one_is_good_nowhere()
    {
        await using TestRig rig = await StartAsync();
        Assert.Equal(OcspOutcome.Good, (await rig.AskAsync("FF")).Outcome);

        await rig.Source.DeliverAsync(Changes(rig, TimeSpan.Zero, s_day, Revoked("FF")));

        Assert.Equal(OcspOutcome.Revoked, (await rig.AskAsync("FF")).Outcome);
        rig.WaitUntilPrepared(Revoked("FF"));
        Assert.Equal(OcspOutcome.Revoked, rig.Answer("FF").Outcome);
    }

    [Fact]
    public async Task A_revocation_that_comes_while_good_is_being_signed_kills_the_reply()
    {
        await using TestRig rig = await StartAsync();
        rig.Signer.HangsLeft = 1;
        rig.Signer.Fault = SignerFault.Hangs;
        Task<Reply> good = rig.SignAsync(rig.Request("FF"));
        WaitUntil(() => rig.Signer.Hanging == 1, "good is being signed");

        await rig.DeliverStaleAsync(Revoked("FF")); // not even confirmed
        rig.Signer.Free();

        Assert.Equal(OcspOutcome.TryLater, (await good).Outcome);
        Assert.Equal(OcspOutcome.TryLater, (await rig.AskAsync("FF")).Outcome);
    }

    [Fact]
    public async Task Whoever_asks_after_a_revocation_does_not_get_good_however_many_ask()
    {
        await using TestRig rig = await StartAsync();
        using var stop = new CancellationTokenSource();
        string serial = "";
        Task[] askers = [.. Enumerable.Range(0, 3).Select(_ => Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                await rig.AskAsync(Volatile.Read(ref serial) is { Length: > 0 } asked ? asked : "FF");
            }
        }))];
        var after = new List<OcspOutcome>();
        for (int i = 0; i < 50; i++)
        {
            Volatile.Write(ref serial, $"7000{i:X4}");
            await rig.AskAsync(serial);
            await rig.Source.DeliverAsync(Changes(rig, TimeSpan.Zero, s_day, Revoked(serial)));
            after.Add((await rig.AskAsync(serial)).Outcome);
        }

        await stop.CancelAsync();
        await Task.WhenAll(askers);
        Assert.Equal([], after.Where(outcome => outcome is not (OcspOutcome.Revoked or OcspOutcome.TryLater)));
        Assert.Contains(OcspOutcome.Revoked, after);
    }

    [Fact]
    [Requirement("RS-3")]
    public async Task A_revoked_certificate_that_has_expired_does_not_become_good()
    {
        TestRig created = new();
        await using TestRig rig = await created.StartWithAsync(State(created, s_hour, 30 * s_day, Revoked("02", notAfter: created.Now + s_hour)));
        rig.Clock.Advance(TimeSpan.FromHours(30)); // long enough for a sweep to take it away
        for (int i = 0; i < 5; i++)
        {
            await rig.AdvanceAsync(s_second);
            Assert.Equal(OcspOutcome.Unauthorized, (await rig.AskAsync("02")).Outcome);
        }

        await rig.Source.DeliverAsync(State(rig, s_hour, 30 * s_day)); // which names it no more
        Assert.Equal(OcspOutcome.Unauthorized, (await rig.AskAsync("02")).Outcome);
        Assert.Equal(1, rig.Health.Certificates);
    }

    [Fact]
    public async Task A_complete_state_releases_the_holds_that_it_does_not_name_and_nothing_else()
    {
        await using TestRig rig = await StartAsync(null, Revoked("02"), Held("03"), Held("04"), Good("05"));
        rig.WaitUntilPrepared(Revoked("02"), Held("03"), Held("04"), Good("05"));

        await rig.Source.DeliverAsync(State(rig, TimeSpan.Zero, s_day, Held("04")));

        rig.WaitUntilPrepared(Good("03"));
        OcspOutcome[] outcomes = [rig.Answer("02").Outcome, rig.Answer("03").Outcome, rig.Answer("04").Outcome, rig.Answer("05").Outcome];
        Assert.Equal([OcspOutcome.Revoked, OcspOutcome.Good, OcspOutcome.Revoked, OcspOutcome.Good], outcomes);
        Assert.Empty(rig.Health.Problems);
    }

    [Fact]
    public async Task A_state_that_ended_too_soon_releases_nothing()
    {
        await using TestRig rig = await StartAsync(null, Held("03"));

        await rig.Source.DeliverAsync(new StatusBatch { Kind = StatusBatchKind.CompleteState, Watermark = rig.Now, ValidUntil = rig.Now + s_day, UnnamedAreGood = true });
        await rig.Source.DeliverAsync(new StatusBatch
        {
            Kind = StatusBatchKind.CompleteStateEnd, Verdict = StatusVerdict.Stale, Watermark = rig.Now, ValidUntil = rig.Now + s_day, UnnamedAreGood = true,
        });

        Assert.Equal(OcspOutcome.Revoked, (await rig.AskAsync("03")).Outcome);
    }

    private static async Task<TestRig> StartAsync(OcspResponderOptions? options = null, params StatusChange[] state)
    {
        var rig = new TestRig(options);
        state = state.Length > 0 ? state : [Revoked("02")];
        await rig.StartWithAsync(State(rig, s_hour, s_day, state));
        rig.WaitUntilPrepared(state);
        return rig;
    }

    private static StatusBatch State(TestRig rig, TimeSpan age, TimeSpan left, params StatusChange[] changes) => new()
    {
        Kind = StatusBatchKind.CompleteStateEnd, Changes = changes, Watermark = rig.Now - age, ValidUntil = rig.Now + left, UnnamedAreGood = true,
    };

    private static StatusBatch Changes(TestRig rig, TimeSpan age, TimeSpan left, params StatusChange[] changes) => new()
    {
        Changes = changes, Watermark = rig.Now - age, ValidUntil = rig.Now + left, UnnamedAreGood = true,
    };
}
