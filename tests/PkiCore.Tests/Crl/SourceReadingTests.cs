using System.Runtime.Versioning;
using PkiCore.Crl.State;
using PkiCore.Status;
using PkiCore.X509;

namespace PkiCore.Tests.Crl;

/// <summary>How far the source of one issuer has been applied to the state of the CRLs.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class SourceReadingTests
{
    private static readonly DateTimeOffset s_now = new(2026, 11, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Comparison_that_is_cut_off_lets_no_alarm_be_forgotten()
    {
        Assert.True(SerialNumber.TryCreate([1], out SerialNumber serial));
        var reading = new SourceReading();
        var end = new StatusBatch { Kind = StatusBatchKind.CompleteStateEnd, Watermark = s_now, Position = new SourcePosition("1") };
        reading.Begin(end);
        reading.Refuse(serial, isRefused: true);
        reading.End(end);
        Assert.Contains("ALARM", reading.Problem, StringComparison.Ordinal);

        var part = new StatusBatch { Kind = StatusBatchKind.CompleteState, IsComparison = true, Watermark = s_now, Position = new SourcePosition("1") };
        reading.Begin(part);
        reading.End(part);
        reading.End(new StatusBatch { Watermark = s_now, Verdict = StatusVerdict.Stale, Position = new SourcePosition("1") });
        Assert.Contains("ALARM", reading.Problem, StringComparison.Ordinal);
        Assert.Null(reading.Position.Value); // or it would be forgotten with the next start
    }

    [Fact]
    [Requirement("CF-13")]
    public void Revocation_that_is_read_before_the_watermark_moves_gets_its_own_date_as_soon_as_that_may_be_told()
    {
        using var rig = new IssuanceRig();
        rig.State.Apply(0, new StatusBatch { Kind = StatusBatchKind.CompleteStateEnd, Watermark = rig.Now });
        DateTimeOffset first = rig.Now;
        rig.Clock.Advance(TimeSpan.FromHours(2));
        DateTimeOffset revoked = rig.Now;
        rig.State.Apply(0, new StatusBatch { Changes = [Change.Revoked("05", revoked), Change.Held("06", revoked)], Watermark = rig.Now, Verdict = StatusVerdict.Stale });
        rig.Publish();
        Assert.Equal([first, first], rig.Read().Entries.Select(entry => entry.Date));

        rig.State.Apply(0, new StatusBatch { Changes = [Change.Good("06")], Watermark = rig.Now, Verdict = StatusVerdict.Stale });
        rig.Clock.Advance(TimeSpan.FromMinutes(1));
        rig.Apply();
        rig.Publish();
        Assert.Equal(revoked, Assert.Single(rig.Read().Entries).Date); // and what was released meanwhile does not come back
    }
}
