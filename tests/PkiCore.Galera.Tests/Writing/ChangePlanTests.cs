using System.Security.Cryptography.X509Certificates;
using PkiCore.Galera.Writing;
using PkiCore.Status;
using PkiCore.X509;

namespace PkiCore.Galera.Tests.Writing;

/// <summary>What a transaction writes.</summary>
public sealed class ChangePlanTests
{
    private static readonly SerialNumber s_serial = Plans.Serial(7);
    private static readonly DateTimeOffset s_notAfter = Plans.Now.AddYears(1);

    [Fact]
    public void Numbers_follow_the_head_without_a_gap_and_digests_chain()
    {
        var plan = Plans.Create(null, [.. Enumerable.Range(1, 100).SelectMany(i => new[] { Issue(i), RevocationOperation.Revoke(Plans.Serial(1000 + i)), RevocationOperation.Revoke(Plans.Serial(i)) })]);
        Assert.Equal(200, plan.Changes.Count);
        ChangeDigest digest = Plans.Head.LastDigest;
        for (int i = 0; i < plan.Changes.Count; i++)
        {
            PlannedChange change = plan.Changes[i];
            Assert.Equal(Plans.Head.LastChange + 1 + (ulong)i, change.Record.Number);
            digest = digest.Next(change.Record);
            Assert.Equal(digest, change.Digest);
        }

        Assert.Equal(new ChainEnd(Plans.Head.LastChange + 200, digest), plan.Head);
    }

    [Fact]
    public void Operations_on_one_certificate_see_those_before_them()
    {
        var plan = Plans.Create(null, Issue(7), RevocationOperation.Hold(s_serial), RevocationOperation.Release(s_serial), RevocationOperation.Hold(s_serial), RevocationOperation.Revoke(s_serial), RevocationOperation.Release(s_serial));
        Assert.Equal(
            [RevocationOutcome.Issued, RevocationOutcome.Held, RevocationOutcome.Released, RevocationOutcome.Held, RevocationOutcome.Revoked, RevocationOutcome.NotOnHold],
            plan.Results.Select(result => result.Outcome));
        Assert.Equal([null, false, true, false, true], plan.Changes.Select(change => change.Before?.IsOnHold));
        Assert.Equal(plan.Head.LastChange, plan.Results[^1].LastChange);
    }

    [Fact]
    public void What_changes_nothing_leaves_the_head_and_says_that_it_rests_on_reading()
    {
        var plan = Plans.Create(null, RevocationOperation.Revoke(s_serial));
        Assert.Empty(plan.Changes);
        Assert.Equal(Plans.Head, plan.Head);
        Assert.True(plan.RestsOnReading);
        Assert.Equal(0UL, Assert.Single(plan.Results).LastChange);
    }

    [Fact]
    public void An_operation_that_was_done_before_has_the_outcome_of_then()
    {
        RevocationOperation hold = RevocationOperation.Hold(s_serial);
        var held = new StatusChange(s_serial, new CertificateStatus(Plans.Now, X509RevocationReason.CertificateHold), s_notAfter);
        var stored = new StoredOperation(new ChangeRecord(12, hold.OperationId, held), IsOfThisIssuer: true, WasKnown: true);

        // It has been released since: the same operation does not hold it again.
        Dictionary<SerialNumber, KnownCertificate> certificates = new() { [s_serial] = new(held with { Status = CertificateStatus.Good }, 13) };
        var plan = Plans.Create(certificates, new() { [hold.OperationId] = stored }, [hold]);
        Assert.Empty(plan.Changes);
        Assert.False(plan.RestsOnReading);
        Assert.Equal(new RevocationResult(hold.OperationId, RevocationOutcome.Held, held, 12) { IsRepeated = true }, Assert.Single(plan.Results));
    }

    [Theory]
    [InlineData(true, 8)]
    [InlineData(false, 7)]
    public void An_operation_id_of_another_certificate_or_CA_is_refused(bool isOfThisIssuer, long serial)
    {
        RevocationOperation revoke = RevocationOperation.Revoke(s_serial);
        var other = new StatusChange(Plans.Serial(serial), new CertificateStatus(Plans.Now), s_notAfter);
        var plan = Plans.Create(null, new() { [revoke.OperationId] = new(new ChangeRecord(12, revoke.OperationId, other), isOfThisIssuer, WasKnown: true) }, [revoke]);
        Assert.Equal(RevocationOutcome.OperationIdInUse, Assert.Single(plan.Results).Outcome);
        Assert.Empty(plan.Changes);
    }

    [Fact]
    public void A_revocation_with_the_id_of_a_hold_is_refused_and_not_said_to_be_done()
    {
        RevocationOperation hold = RevocationOperation.Hold(s_serial);
        RevocationOperation revoke = RevocationOperation.Revoke(s_serial) with { OperationId = hold.OperationId };
        var held = new StatusChange(s_serial, new CertificateStatus(Plans.Now, X509RevocationReason.CertificateHold), s_notAfter);
        var stored = Plans.Create(null, new() { [hold.OperationId] = new(new ChangeRecord(12, hold.OperationId, held), IsOfThisIssuer: true, WasKnown: true) }, [revoke]);
        Assert.Equal(RevocationOutcome.OperationIdInUse, Assert.Single(stored.Results).Outcome);

        var together = Plans.Create(new() { [s_serial] = new(held with { Status = CertificateStatus.Good }, 13) }, hold, revoke);
        Assert.Equal([RevocationOutcome.Held, RevocationOutcome.OperationIdInUse], together.Results.Select(result => result.Outcome));
    }

    [Fact]
    public void The_same_operation_twice_in_one_transaction_is_done_once()
    {
        RevocationOperation issue = Issue(7);
        var plan = Plans.Create(null, issue, issue, Issue(8) with { OperationId = issue.OperationId });
        Assert.Single(plan.Changes);
        Assert.Equal([RevocationOutcome.Issued, RevocationOutcome.Issued, RevocationOutcome.OperationIdInUse], plan.Results.Select(result => result.Outcome));
        Assert.Equal([false, true, false], plan.Results.Select(result => result.IsRepeated));
    }

    [Theory]
    [InlineData(false, 0, RevocationOutcome.Issued)]
    [InlineData(true, 0, RevocationOutcome.Released)]
    [InlineData(true, 1, RevocationOutcome.Revoked)]
    [InlineData(true, 2, RevocationOutcome.Held)]
    public void A_row_of_the_log_says_what_became_of_its_operation(bool wasKnown, int status, RevocationOutcome outcome)
    {
        CertificateStatus after = status == 0 ? CertificateStatus.Good : new(Plans.Now, status == 2 ? X509RevocationReason.CertificateHold : X509RevocationReason.Superseded);
        Assert.Equal(outcome, new StoredOperation(new ChangeRecord(1, Guid.NewGuid(), new StatusChange(s_serial, after, s_notAfter)), true, wasKnown).Outcome);
    }

    private static RevocationOperation Issue(long serial) => RevocationOperation.Issue(Plans.Serial(serial), s_notAfter);
}
