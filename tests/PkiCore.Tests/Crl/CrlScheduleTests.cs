using System.Runtime.Versioning;
using System.Security.Cryptography.X509Certificates;
using PkiCore.Crl.Issuing;
using PkiCore.Crl;
using PkiCore.Status;

namespace PkiCore.Tests.Crl;

/// <summary>What is due when, and who leaves the list.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class CrlScheduleTests
{
    private static readonly TimeSpan s_minute = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan s_hour = TimeSpan.FromHours(1);
    private static readonly TimeSpan s_day = TimeSpan.FromDays(1);

    [Fact]
    public void Validity_with_a_fraction_of_a_second_is_cut_to_whole_seconds()
    {
        using var rig = new IssuanceRig(options => options.Validity = TimeSpan.FromDays(2) + TimeSpan.FromMilliseconds(1500));
        rig.Publish();
        CrlContents crl = rig.Read();
        Assert.Equal(crl.ThisUpdate + TimeSpan.FromDays(2) + TimeSpan.FromSeconds(1), crl.NextUpdate);
    }

    [Fact]
    [Requirement("CF-7")]
    public void Complete_CRL_is_due_at_its_interval_and_not_before()
    {
        using var rig = new IssuanceRig();
        Assert.Equal("complete regular", Due(rig));
        Assert.Equal("", Due(rig));
        rig.Apply(Change.Revoked("05", rig.Now)); // changes wait for the interval
        rig.Clock.Advance(s_day - TimeSpan.FromTicks(1));
        Assert.Equal("", Due(rig));
        rig.Clock.Advance(TimeSpan.FromTicks(1));
        Assert.Equal("complete regular", Due(rig));
        CrlContents crl = rig.Read();
        Assert.Equal(rig.Now, crl.ThisUpdate);
        Assert.Equal(rig.Now + (4 * s_day), crl.NextUpdate);
    }

    [Fact]
    [Requirement("BR-2")]
    public void Change_is_told_when_its_time_has_come_and_all_until_then_together()
    {
        using var rig = new IssuanceRig(options => options.PublishAfterChange = s_hour);
        Due(rig);
        rig.Clock.Advance(s_minute);
        rig.Apply(Change.Revoked("05", rig.Now));
        rig.Clock.Advance(s_hour - s_minute);
        rig.Apply(Change.Revoked("06", rig.Now));
        Assert.Equal("", Due(rig));
        Assert.Equal(rig.Now + s_minute, new CrlSchedule(rig.Options).FindNext(rig.State.Scopes, rig.Issuance.Published));
        rig.Clock.Advance(s_minute);
        Assert.Equal("complete", Due(rig));
        Assert.Equal(2, rig.Reasons().Count);
        rig.Clock.Advance(s_hour);
        Assert.Equal("", Due(rig)); // nothing new
    }

    [Fact]
    public void Zero_time_after_a_change_is_at_once_and_what_is_no_change_is_not()
    {
        using var rig = new IssuanceRig(options => options.PublishAfterChange = TimeSpan.Zero);
        Due(rig);
        rig.Clock.Advance(s_minute);
        DateTimeOffset since = rig.Now;
        rig.Apply(Change.Revoked("05", since));
        Assert.Equal("complete", Due(rig));
        rig.Clock.Advance(s_minute);
        rig.Apply(Change.Revoked("05", since), Change.Good("06"));
        Assert.Equal("", Due(rig));
    }

    [Fact]
    [Requirement("CX-3", "CX-4", "CX-17", "T-19")]
    public void Complete_CRL_comes_with_a_delta_CRL_to_the_one_before_under_the_same_number_and_saying_the_same()
    {
        using var rig = new IssuanceRig(options => options.DeltaInterval = s_hour);
        rig.Apply(Change.Revoked("05", rig.Now), Change.Held("06", rig.Now));
        Assert.Equal("complete regular", Due(rig));
        Assert.Equal(["ca.crl"], rig.Files);
        rig.Clock.Advance(s_minute);
        Assert.Equal("delta regular", Due(rig));
        Assert.Equal((2, 1), (rig.Read("ca-delta.crl").Number, rig.Read("ca-delta.crl").BaseNumber));

        rig.Apply(Change.Good("06"), Change.Revoked("07", rig.Now));
        rig.Clock.Advance(s_day);
        Assert.Equal("complete regular, delta regular", Due(rig));
        CrlContents complete = rig.Read();
        CrlContents delta = rig.Read("ca-delta.crl");
        Assert.Equal((3, 3, 1), (complete.Number, delta.Number, delta.BaseNumber));
        Assert.Equal(complete.ThisUpdate, delta.ThisUpdate);
        Assert.Equal(["05", "07"], rig.Reasons().Keys.Order(StringComparer.Ordinal));
        Assert.Equal(X509RevocationReason.RemoveFromCrl, rig.Reasons("ca-delta.crl")["06"]);
        Assert.Equal(X509RevocationReason.KeyCompromise, rig.Reasons("ca-delta.crl")["07"]);
        Assert.Equal(2, rig.Reasons("ca-delta.crl").Count);

        rig.Clock.Advance(s_hour);
        Assert.Equal("delta regular", Due(rig));
        Assert.Equal((4, 3), (rig.Read("ca-delta.crl").Number, rig.Read("ca-delta.crl").BaseNumber));
        Assert.Empty(rig.Reasons("ca-delta.crl"));
    }

    [Fact]
    public void Delta_CRL_after_a_change_comes_before_its_interval()
    {
        using var rig = new IssuanceRig(options =>
        {
            options.DeltaInterval = 6 * s_hour;
            options.PublishDeltaAfterChange = s_minute;
        });
        Due(rig);
        rig.Clock.Advance(s_minute);
        Due(rig);
        rig.Apply(Change.Revoked("05", rig.Now));
        Assert.Equal("", Due(rig));
        rig.Clock.Advance(s_minute);
        Assert.Equal("delta", Due(rig));
        Assert.Equal(["05"], rig.Reasons("ca-delta.crl").Keys);
        rig.Clock.Advance(s_minute);
        Assert.Equal("", Due(rig)); // told already
        rig.Clock.Advance(6 * s_hour);
        Assert.Equal("delta regular", Due(rig));
        Assert.Equal(["05"], rig.Reasons("ca-delta.crl").Keys); // and still since the base
    }

    [Fact]
    [Requirement("CX-7", "CX-6", "T-19")]
    public void Hold_that_came_and_went_since_the_base_is_taken_back_in_every_delta_CRL_of_that_base()
    {
        using var rig = new IssuanceRig(options => options.DeltaInterval = s_hour);
        Due(rig);
        rig.Clock.Advance(s_minute);
        rig.Apply(Change.Held("06", rig.Now));
        Due(rig);
        Assert.Equal(X509RevocationReason.CertificateHold, rig.Reasons("ca-delta.crl")["06"]);
        rig.Apply(Change.Good("06"));
        rig.Apply(Change.Held("07", rig.Now));
        rig.Apply(Change.Good("07")); // before any delta CRL has told of it
        for (int i = 0; i < 3; i++)
        {
            rig.Clock.Advance(s_hour);
            Assert.Equal("delta regular", Due(rig));
            Assert.All(rig.Reasons("ca-delta.crl").Values, reason => Assert.Equal(X509RevocationReason.RemoveFromCrl, reason));
            Assert.Equal(["06", "07"], rig.Reasons("ca-delta.crl").Keys.Order(StringComparer.Ordinal));
            rig.Restart();
        }

        Assert.Empty(rig.Reasons());
    }

    [Fact]
    [Requirement("CX-6")]
    public void Change_of_reason_is_a_change_and_a_hold_may_become_a_revocation()
    {
        using var rig = new IssuanceRig(options => options.DeltaInterval = s_hour);
        DateTimeOffset since = rig.Now;
        rig.Apply(Change.Held("06", since), Change.Revoked("07", since, X509RevocationReason.Superseded), Change.Revoked("08", since));
        Due(rig);
        rig.Apply(Change.Revoked("06", since, X509RevocationReason.CessationOfOperation), Change.Revoked("07", since), Change.Revoked("08", since));
        rig.Clock.Advance(s_hour);
        Due(rig);
        Dictionary<string, X509RevocationReason> delta = rig.Reasons("ca-delta.crl");
        Assert.Equal(2, delta.Count);
        Assert.Equal(X509RevocationReason.CessationOfOperation, delta["06"]);
        Assert.Equal(X509RevocationReason.KeyCompromise, delta["07"]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Requirement("BR-4", "CX-8")]
    public void Expired_certificate_leaves_only_after_a_regular_CRL_past_its_expiry(bool restart)
    {
        using var rig = new IssuanceRig(options => options.PublishAfterChange = s_hour);
        DateTimeOffset end = rig.Now + (2 * s_hour);
        rig.Apply(Change.Revoked("05", rig.Now) with { NotAfter = end }, Change.Revoked("06", rig.Now));
        Assert.Equal("complete regular", Due(rig));
        rig.Clock.Advance(3 * s_hour);
        rig.Apply(Change.Revoked("07", rig.Now));
        rig.Clock.Advance(s_hour);
        Assert.Equal("complete", Due(rig)); // past its expiry, but not at the interval
        Assert.Contains("05", rig.Reasons().Keys);
        rig.Clock.Advance(s_hour);
        rig.Apply(Change.Revoked("08", rig.Now));
        rig.Clock.Advance(s_hour);
        Assert.Equal("complete", Due(rig));
        Assert.Contains("05", rig.Reasons().Keys);
        if (restart)
        {
            rig.Restart();
        }

        rig.Clock.Advance(s_day);
        Assert.Equal("complete regular", Due(rig));
        Assert.Contains("05", rig.Reasons().Keys);
        rig.Clock.Advance(s_day);
        Assert.Equal("complete regular", Due(rig));
        Assert.Equal(["06", "07", "08"], rig.Reasons().Keys.Order(StringComparer.Ordinal));
        rig.Apply(Change.Revoked("05", rig.Now) with { NotAfter = end }); // the source goes on telling of it
        rig.PublishAfter(s_day);
        Assert.DoesNotContain("05", rig.Reasons().Keys);
    }

    [Fact]
    [Requirement("BR-4")]
    public void CRLs_after_changes_do_not_put_off_the_regular_one_that_lets_the_expired_ones_go()
    {
        using var rig = new IssuanceRig(options => options.PublishAfterChange = TimeSpan.Zero);
        rig.Apply(Change.Revoked("05", rig.Now) with { NotAfter = rig.Now + s_hour });
        Due(rig);
        for (int hour = 0; hour < 49; hour++)
        {
            rig.Clock.Advance(s_hour);
            rig.Apply(Change.Revoked($"10{hour:X2}", rig.Now));
            Assert.NotEqual("", Due(rig));
        }

        Assert.DoesNotContain("05", rig.Reasons().Keys);
        Assert.Equal(49, rig.Reasons().Count);
    }

    [Fact]
    [Requirement("CX-20")]
    public void Expired_certificate_stays_where_the_CRL_says_so()
    {
        using var rig = new IssuanceRig(options => options.KeepExpiredSince = new DateTimeOffset(2025, 1, 1, 0, 0, 0, TimeSpan.Zero));
        rig.Apply(Change.Revoked("05", rig.Now) with { NotAfter = rig.Now + s_hour });
        for (int day = 0; day < 3; day++)
        {
            Assert.Equal("complete regular", Due(rig));
            rig.Clock.Advance(s_day);
        }

        Assert.Equal(["05"], rig.Reasons().Keys);
        using var reader = CrlReader.Open(rig.PathOf("ca.crl"));
        Assert.Equal(rig.Options.KeepExpiredSince, reader.ExpiredCertsOnCrl);
    }

    [Fact]
    [Requirement("CX-8")]
    public void Revocation_that_only_delta_CRLs_have_told_of_stays_on_them_past_the_expiry_until_a_complete_CRL_tells()
    {
        using var rig = new IssuanceRig(options => options.DeltaInterval = s_hour);
        Due(rig);
        rig.Apply(Change.Revoked("05", rig.Now) with { NotAfter = rig.Now + s_minute });
        for (int hour = 0; hour < 5; hour++)
        {
            rig.Clock.Advance(s_hour);
            Assert.Equal("delta regular", Due(rig));
            Assert.Equal(["05"], rig.Reasons("ca-delta.crl").Keys);
        }

        rig.Clock.Advance(s_day);
        Assert.Equal("complete regular, delta regular", Due(rig));
        Assert.Equal(["05"], rig.Reasons().Keys);
        rig.Clock.Advance(s_day);
        Due(rig);
        Assert.Empty(rig.Reasons());
    }

    [Fact]
    [Requirement("CF-13")]
    public void Entry_is_never_later_than_the_CRL_though_one_source_is_known_up_to_a_later_time_than_the_other()
    {
        using var other = new CrlAuthority("CN=Other");
        using var rig = new IssuanceRig(
            options => options.Scopes = [new CrlScope("ca") { DistributionPoint = new IssuingDistributionPoint { IsIndirect = true } }], other);
        rig.State.Apply(0, Complete(rig.Now));
        DateTimeOffset known = rig.Now;
        rig.Clock.Advance(s_minute);
        rig.State.Apply(1, Complete(rig.Now, Change.Revoked("05", rig.Now)));
        List<DueCrl> due = new CrlSchedule(rig.Options).FindDue(rig.State.Scopes, rig.Issuance.Published, rig.Now, known, all: true);
        rig.Issuance.Publish(due, rig.State, [rig.Authority.Issuer, other.Issuer], rig.Signer, new CrlTerms(known), rig.Now);
        Assert.Equal(known, Assert.Single(rig.Read().Entries).Date);

        static StatusBatch Complete(DateTimeOffset watermark, params StatusChange[] changes) =>
            new() { Kind = StatusBatchKind.CompleteStateEnd, Changes = changes, Watermark = watermark };
    }

    private static string Due(IssuanceRig rig) =>
        string.Join(", ", rig.Publish(all: false).Select(due => (due.IsDelta ? "delta" : "complete") + (due.IsRegular ? " regular" : "")));
}
