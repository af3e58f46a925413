using System.Runtime.CompilerServices;
using PkiCore.Serving;
using PkiCore.Signing;
using PkiCore.Status;
using static PkiCore.Tests.Serving.TestRig;

namespace PkiCore.Tests.Serving;

/// <summary>Issuers that come and go, and responders that start and end.</summary>
public sealed class LifecycleTests
{
    [Fact]
    public async Task An_issuer_can_be_added_and_removed_while_others_are_served()
    {
        await using TestRig rig = await StartPreparedAsync(new TestRig(), Good("01"));
        using var other = new TestAuthority("CN=Another CA");
        using DotNetSigner signer = other.CreateSigner();
        var source = new ScriptedSource();
        byte[] request = TestRequest.For(other.Issuer, "05");
        Assert.Equal(OcspOutcome.Unauthorized, rig.Answer(request).Outcome);

        rig.Responder.AddIssuer(other.Issuer, signer, source);
        Assert.Equal(OcspOutcome.TryLater, rig.Answer(request).Outcome);
        await source.DeliverAsync(new StatusBatch { Kind = StatusBatchKind.CompleteStateEnd, Watermark = rig.Now, Changes = [Good("05")] });
        WaitUntil(() => rig.Answer(request).Outcome == OcspOutcome.Good, "the new issuer's answers are signed");

        Assert.True(await rig.Responder.RemoveIssuerAsync(other.Issuer));
        Assert.Equal(OcspOutcome.Unauthorized, rig.Answer(request).Outcome);
        Assert.Equal(OcspOutcome.Unauthorized, (await rig.SignAsync(request)).Outcome);
        Assert.False(await rig.Responder.RemoveIssuerAsync(other.Issuer));
        Assert.Equal(OcspOutcome.Good, rig.Answer("01").Outcome);
    }

    [Fact]
    public async Task An_issuer_cannot_be_added_twice()
    {
        await using var rig = new TestRig();

        Assert.Throws<ArgumentException>(() => rig.Responder.AddIssuer(rig.Authority.Issuer, rig.Signer, rig.Source));
        Assert.Throws<ArgumentException>(() => rig.Responder.AddIssuer(rig.Authority.Issuer, rig.Source, "no key"));
    }

    [Fact]
    public async Task An_issuer_without_a_signer_answers_try_later_until_it_has_one()
    {
        await using var rig = new TestRig();
        using var other = new TestAuthority("CN=Another CA");
        using DotNetSigner signer = other.CreateSigner();
        var source = new ScriptedSource();
        rig.Responder.AddIssuer(other.Issuer, source, "the key file is missing");
        await StartAsync(rig, Good("01"), source, Good("05"));
        byte[] request = TestRequest.For(other.Issuer, "05");

        Assert.Equal(OcspOutcome.TryLater, (await rig.AskAsync(request)).Outcome);
        Assert.Contains("the key file is missing", rig.Responder.GetHealth().Issuers[1].Problems);
        Assert.True(rig.Responder.GetHealth().IsReady); // the other issuer is served

        rig.Responder.SetSigner(other.Issuer, signer);
        WaitUntil(() => rig.Answer(request).Outcome == OcspOutcome.Good, "its answers are signed");
        Assert.Empty(rig.Responder.GetHealth().Issuers[1].Problems);
    }

    [Fact]
    public async Task A_source_that_blocks_holds_up_nobody_else()
    {
        using var freed = new ManualResetEventSlim();
        var rig = new TestRig();
        using var other = new TestAuthority("CN=Another CA");
        using DotNetSigner signer = other.CreateSigner();
        rig.Responder.AddIssuer(other.Issuer, signer, new BlockingSource(freed));

        Task<Task> calling = Task.Run(() => rig.Responder.StartAsync(TestContext.Current.CancellationToken), TestContext.Current.CancellationToken)
            .ContinueWith(task => (Task)task, TaskScheduler.Default);
        await rig.DeliverStateAsync(Good("01"));
        rig.WaitUntilPrepared(Good("01"));
        Assert.False(rig.Responder.GetHealth().IsReady);

        await rig.AdvanceAsync(TimeSpan.FromMinutes(2)); // enough of waiting
        await (await calling.WaitAsync(Patience, TestContext.Current.CancellationToken)).WaitAsync(Patience, TestContext.Current.CancellationToken);
        await rig.DeliverChangesAsync();
        Assert.True(rig.Responder.GetHealth() is { IsReady: true, IsDegraded: true });
        Assert.Contains("not been read", Assert.Single(rig.Responder.GetHealth().Issuers[1].Problems), StringComparison.Ordinal);

        Task disposing = rig.DisposeAsync().AsTask();
        WaitUntil(() => { rig.Clock.Advance(TimeSpan.FromSeconds(1)); return disposing.IsCompleted; }, "the responder ends without it");
        freed.Set();
    }

    [Fact]
    public async Task Disposing_twice_is_harmless()
    {
        TestRig rig = await StartPreparedAsync(new TestRig(), Good("01"));

        await rig.Responder.DisposeAsync();
        await rig.Responder.DisposeAsync();
        await rig.DisposeAsync();
    }

    [Fact]
    public async Task A_responder_that_was_never_started_can_be_disposed()
    {
        var rig = new TestRig();
        Assert.Equal(OcspOutcome.TryLater, (await rig.AskAsync("01")).Outcome);
        await rig.DisposeAsync();
    }

    [Fact]
    public async Task After_disposal_live_requests_get_try_later()
    {
        TestRig rig = await StartPreparedAsync(new TestRig(), Good("01"));
        await rig.Responder.DisposeAsync();

        Assert.Equal(OcspOutcome.TryLater, (await rig.SignAsync(rig.Request("01"))).Outcome);
        await rig.DisposeAsync();
    }

    private static async Task StartAsync(TestRig rig, StatusChange first, ScriptedSource other, StatusChange second)
    {
        Task started = rig.Responder.StartAsync(TestContext.Current.CancellationToken);
        await rig.DeliverStateAsync(first);
        await other.DeliverAsync(new StatusBatch { Kind = StatusBatchKind.CompleteStateEnd, Watermark = rig.Now, Changes = [second] });
        await started.WaitAsync(Patience, TestContext.Current.CancellationToken);
    }

    /// <summary>Blocks its thread, deaf to cancellation, as a file on a dead network mount does.</summary>
    private sealed class BlockingSource(ManualResetEventSlim freed) : IStatusSource
    {
        public string Name => "blocks";

        public async IAsyncEnumerable<StatusBatch> ReadAsync(SourcePosition from, [EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            freed.Wait(TimeSpan.FromMinutes(2), CancellationToken.None);
            await Task.CompletedTask;
            yield break;
        }
    }
}
