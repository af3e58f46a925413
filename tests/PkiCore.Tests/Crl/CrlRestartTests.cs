using System.Runtime.Versioning;
using System.Security.Cryptography.X509Certificates;
using PkiCore.Crl.Issuing;
using PkiCore.Crl;
using PkiCore.Status;

namespace PkiCore.Tests.Crl;

/// <summary>What a restart finds changed: settings, the clock, the folder.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class CrlRestartTests
{
    private static readonly TimeSpan s_hour = TimeSpan.FromHours(1);
    private static readonly TimeSpan s_day = TimeSpan.FromDays(1);

    [Fact]
    public void Other_distribution_point_keeps_the_entries_and_a_complete_CRL_comes_first()
    {
        using var rig = new IssuanceRig(options => options.DeltaInterval = s_hour);
        rig.Apply(Change.Revoked("05", rig.Now));
        rig.Publish();
        rig.Restart(() => rig.Options.Scopes = [new CrlScope("ca") { DistributionPoint = new IssuingDistributionPoint { Uris = ["http://crl.example/ca.crl"] } }]);
        Assert.Equal(1, rig.State.Scopes[0].Count);
        Assert.Null(rig.State.Scopes[0].BaseNumber);
        rig.Restart();
        Assert.Equal(1, rig.State.Scopes[0].Count); // and the journal was written for the new ones
    }

    [Fact]
    public void Delta_CRLs_that_are_switched_on_begin_with_a_complete_CRL()
    {
        using var rig = new IssuanceRig();
        rig.Apply(Change.Revoked("05", rig.Now));
        rig.Publish();
        rig.Apply(Change.Revoked("06", rig.Now));
        rig.Restart(() => rig.Options.DeltaInterval = s_hour);
        rig.Clock.Advance(s_hour);
        Assert.Equal([new DueCrl(0, IsDelta: false, IsRegular: true)], rig.Publish(all: false));
        Assert.Equal(["05", "06"], rig.Reasons().Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Clock_that_was_ahead_costs_no_revocation_once_the_source_is_read_again()
    {
        using var rig = new IssuanceRig();
        DateTimeOffset start = rig.Now;
        StatusChange change = Change.Revoked("05", start);
        rig.Apply(change);
        rig.Clock.StepUtcNow(Change.Expiry + s_day);
        rig.Publish();
        Assert.Equal(0, rig.State.Scopes[0].Count); // it has been on one CRL past its expiry, by that clock
        rig.Clock.StepUtcNow(start + s_hour);
        rig.Restart();
        Assert.Null(rig.State.GetReading(0).Position.Value);
        rig.Apply(change);
        Assert.Equal(1, rig.State.Scopes[0].Count);
    }

    [Fact]
    [Requirement("CX-7")]
    public void State_that_does_not_know_the_last_complete_CRL_issues_another_before_any_delta_CRL()
    {
        using var rig = new IssuanceRig(options => options.DeltaInterval = s_hour);
        rig.Apply(Change.Revoked("05", rig.Now));
        rig.Publish();
        byte[] journal = [];
        rig.Restart(() => journal = File.ReadAllBytes(rig.StatePath));
        rig.Apply(Change.Held("06", rig.Now));
        rig.PublishAfter(s_day);
        rig.Restart(() => File.WriteAllBytes(rig.StatePath, journal)); // the power failed
        rig.Clock.Advance(s_hour);
        rig.Apply(Change.Held("06", rig.Now)); // the source tells it again
        Assert.Equal([new DueCrl(0, IsDelta: false, IsRegular: true)], rig.Publish(all: false));
        rig.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal([new DueCrl(0, IsDelta: true, IsRegular: true)], rig.Publish(all: false)); // the one that is there adds nothing
    }

    [Fact]
    [Requirement("BR-2")]
    public void Change_that_waits_is_published_at_once_after_a_restart()
    {
        using var rig = new IssuanceRig(options => options.PublishAfterChange = s_hour);
        rig.Apply(Change.Revoked("05", rig.Now));
        rig.Publish();
        rig.Apply(Change.Revoked("06", rig.Now));
        rig.Clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Empty(rig.Publish(all: false));
        rig.Restart();
        Assert.Equal([new DueCrl(0, IsDelta: false, IsRegular: false)], rig.Publish(all: false));
    }

    [Fact]
    public void Expired_certificates_that_are_kept_from_now_on_do_not_make_every_second_due()
    {
        using var rig = new IssuanceRig();
        rig.Apply(Change.Revoked("05", rig.Now));
        rig.Publish();
        DateTimeOffset before = rig.Now;
        rig.Restart(() => rig.Options.KeepExpiredSince = before - (30 * s_day));
        rig.PublishAfter(2 * s_day);
        rig.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Empty(rig.Publish(all: false));
        using var reader = CrlReader.Open(rig.PathOf("ca.crl"));
        Assert.Equal(before, reader.ExpiredCertsOnCrl); // those that had left by then do not come back
    }

    [Fact]
    public void Scope_that_breaks_a_rule_does_not_keep_the_others_back()
    {
        using var rig = new IssuanceRig(options => (options.Scopes, options.BaselineRequirements, options.PublishAfterChange) =
            (CrlScope.Shards(3, shard => $"http://crl.example/{shard}"), true, s_hour));
        rig.Publish();
        rig.Apply(Change.Revoked("03", rig.Now), Change.Held("04", rig.Now), Change.Revoked("05", rig.Now));
        rig.Clock.Advance(s_day);
        InvalidDataException refused = Assert.Throws<InvalidDataException>(() => rig.Publish());
        Assert.StartsWith("1 of 3 CRLs were not published, the others were: shard-001.crl was not signed", refused.Message, StringComparison.Ordinal);
        Assert.Equal(["03"], rig.Reasons("shard-000.crl").Keys);
        Assert.Empty(rig.Reasons("shard-001.crl"));
        Assert.Equal(["05"], rig.Reasons("shard-002.crl").Keys);
    }

    [Fact]
    public void What_a_source_says_until_a_time_is_on_no_CRL_that_lasts_longer()
    {
        var watermark = new DateTimeOffset(2026, 6, 1, 12, 0, 0, 500, TimeSpan.Zero);
        var terms = new CrlTerms(watermark, watermark + s_hour);
        Assert.Equal(0, terms.ThisUpdate.Millisecond);
        Assert.Equal(terms.ThisUpdate + s_hour, terms.GetNextUpdate(s_day));
        Assert.Equal(terms.ThisUpdate + (s_hour / 2), terms.GetNextUpdate(s_hour / 2));
    }
}
