using PkiCore.Serving;
using PkiCore.Signing;
using static PkiCore.Tests.Serving.TestRig;

namespace PkiCore.Tests.Serving;

/// <summary>DESIGN rule 10: degraded is not dead.</summary>
public sealed class HealthTests
{
    [Fact]
    public async Task A_responder_without_issuers_is_not_ready()
    {
        await using var responder = new OcspResponder();
        await responder.StartAsync(TestContext.Current.CancellationToken);

        Assert.True(responder.GetHealth() is { IsReady: false, IsDegraded: false });
    }

    [Fact]
    public async Task Everything_is_counted()
    {
        await using TestRig rig = await StartPreparedAsync(new TestRig(), Good("01"), Revoked("02"), Held("03"));

        IssuerHealth health = rig.Health;

        Assert.Equal((3, 2, 0, 0), (health.Certificates, health.Revoked, health.WaitingToBeSigned, health.LiveQueueLength));
        Assert.Equal(("CN=Test CA", "script"), (health.Name, health.Source));
        Assert.Equal((rig.Now, rig.Now, TestAuthority.End), (health.Watermark, health.OldestAnswer, health.SignerNotAfter));
        Assert.True(rig.Responder.GetHealth() is { IsReady: true, IsDegraded: false });
    }

    [Fact]
    public async Task It_is_not_ready_before_it_has_started_and_read()
    {
        await using var rig = new TestRig();
        Assert.False(rig.Responder.GetHealth().IsReady);

        await StartAsync(rig);

        Assert.True(rig.Responder.GetHealth().IsReady); // a new authority: nothing is signed ahead, everything can be
    }

    [Fact]
    public async Task With_a_dead_signer_it_is_ready_as_long_as_an_answer_is_left()
    {
        await using TestRig rig = await StartPreparedAsync(new TestRig(), Good("01"));
        rig.Signer.Fault = SignerFault.Throws;
        await rig.DeliverChangesAsync(Good("02"));
        await rig.AskAsync("02");
        Assert.True(rig.Responder.GetHealth() is { IsReady: true, IsDegraded: true });

        rig.Clock.StepUtcNow(rig.Now.AddDays(4));
        await rig.DeliverChangesAsync();

        Assert.True(rig.Responder.GetHealth() is { IsReady: false, IsDegraded: true });
    }

    [Fact]
    public async Task With_a_dead_source_it_is_ready_as_long_as_an_answer_is_left()
    {
        await using TestRig rig = await StartPreparedAsync(new TestRig(), Good("01"));
        rig.Clock.StepUtcNow(rig.Now.AddDays(4).AddSeconds(-1));
        Assert.True(rig.Responder.GetHealth() is { IsReady: true, IsDegraded: true });

        rig.Clock.StepUtcNow(rig.Now.AddSeconds(1));

        Assert.False(rig.Responder.GetHealth().IsReady);
    }

    [Fact]
    public async Task A_signer_with_a_partial_problem_is_degraded_and_signs()
    {
        await using TestRig rig = await StartAsync(new TestRig());
        rig.Signer.Problem = "1 of 2 tokens is out";

        Assert.Equal(["1 of 2 tokens is out"], rig.Health.Problems);
        Assert.True(rig.Responder.GetHealth() is { IsReady: true, IsDegraded: true }); // nothing is signed ahead, but everything can be
        await rig.DeliverChangesAsync(Good("01"));
        rig.WaitUntilPrepared(Good("01"));
        Assert.Equal(OcspOutcome.Good, (await rig.SignAsync(rig.Request("01"))).Outcome);
    }

    [Fact]
    public async Task What_the_signer_says_of_its_device_is_not_said_twice()
    {
        await using TestRig rig = await StartPreparedAsync(new TestRig(), Good("01"));
        rig.Signer.Fault = SignerFault.Throws;
        await rig.SignAsync(rig.Request("01"));

        rig.Signer.Problem = "the device is gone";
        Assert.Equal(["the device is gone"], rig.Health.Problems);

        rig.Signer.Problem = "1 of 2 tokens is out";
        Assert.Equal(["the device is gone", "1 of 2 tokens is out"], rig.Health.Problems);
    }

    [Fact]
    public async Task An_expired_signer_is_a_problem_and_answers_end_with_it()
    {
        var end = new DateTimeOffset(2026, 1, 2, 0, 0, 0, TimeSpan.Zero);
        await using TestRig rig = await StartPreparedAsync(new TestRig(terms: new ResponderTerms { NotAfter = end }), Good("01"));
        rig.Clock.StepUtcNow(end);
        await rig.DeliverChangesAsync();

        Assert.Contains("expired", Assert.Single(rig.Health.Problems), StringComparison.Ordinal);
        Assert.False(rig.Responder.GetHealth().IsReady);
        Assert.Equal(OcspOutcome.TryLater, (await rig.AskAsync("01")).Outcome);
    }

    [Fact]
    public async Task An_issuer_added_later_does_not_take_the_others_out_of_service()
    {
        await using TestRig rig = await StartPreparedAsync(new TestRig(), Good("01"));
        using var other = new TestAuthority("CN=Another CA");
        using DotNetSigner signer = other.CreateSigner();

        rig.Responder.AddIssuer(other.Issuer, signer, new ScriptedSource());

        Assert.True(rig.Responder.GetHealth() is { IsReady: true, IsDegraded: true });
    }

    [Fact]
    public async Task The_end_of_the_signer_is_announced_in_the_log()
    {
        var rig = new TestRig(terms: new ResponderTerms { NotAfter = new DateTimeOffset(2026, 1, 6, 0, 0, 0, TimeSpan.Zero) });
        await using TestRig started = await StartAsync(rig, Good("01"));

        await rig.AdvanceAsync(TimeSpan.FromSeconds(1));

        WaitUntil(() => rig.Log.Entries.Any(entry => entry.Text.Contains("expires in 5.0 days", StringComparison.Ordinal)), "the warning is logged");
    }
}
