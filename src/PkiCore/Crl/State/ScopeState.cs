using System.Numerics;

namespace PkiCore.Crl.State;

/// <summary>One CRL: who is on it, and what has happened since it was issued. Not safe for use from several threads.</summary>
internal sealed class ScopeState
{
    private readonly bool _hasDeltas;

    /// <param name="scope">What it is about.</param>
    /// <param name="issuers">How many issuers of certificates there are; a CRL that is not indirect is about those of the first alone.</param>
    /// <param name="hasDeltas">Whether there are delta CRLs.</param>
    public ScopeState(CrlScope scope, int issuers, bool hasDeltas)
    {
        Scope = scope;
        _hasDeltas = hasDeltas;
        ByIssuer = [.. Enumerable.Range(0, scope.IsIndirect ? issuers : 1).Select(_ => new ScopeEntries())];
    }

    public CrlScope Scope { get; }

    /// <summary>The entries by issuer of the certificates.</summary>
    public IReadOnlyList<ScopeEntries> ByIssuer { get; }

    /// <summary>The number of the last complete CRL; <see langword="null"/> before there is one.</summary>
    public BigInteger? BaseNumber { get; private set; }

    /// <summary>Certificates that had expired by then are on the list no more.</summary>
    public DateTimeOffset? ExpiredBefore { get; private set; }

    /// <summary>When the first change was applied that no complete CRL tells of yet.</summary>
    public DateTimeOffset? ChangedSinceBase { get; private set; }

    /// <summary>When the first change was applied that no CRL at all tells of yet.</summary>
    public DateTimeOffset? ChangedSinceDelta { get; private set; }

    public long Count => ByIssuer.Sum(entries => (long)entries.Revoked.Count);

    /// <summary>How many have left the list for a reason since the last complete CRL: released, expired, or moved to another.</summary>
    public int Departures { get; private set; }

    /// <summary>A change has been applied.</summary>
    public void Change(DateTimeOffset now, int departures)
    {
        Departures += departures;
        ChangedSinceBase ??= now;
        ChangedSinceDelta ??= now;
    }

    /// <summary>A complete CRL has been issued; see <see cref="ScopeEntries.BecomeBase"/>.</summary>
    public void BecomeBase(BigInteger number, DateTimeOffset? expiredBefore)
    {
        BaseNumber = number;
        ExpiredBefore = expiredBefore ?? ExpiredBefore;
        Departures = ByIssuer.Sum(entries => entries.BecomeBase(expiredBefore, _hasDeltas));
        ChangedSinceBase = null;
        ChangedSinceDelta = null;
    }

    /// <summary>There is no complete CRL that a delta CRL could add to: a complete one comes next.</summary>
    public void ForgetBase() => BaseNumber = null;

    /// <summary>Nobody is known to have expired.</summary>
    public void ForgetExpiry() => ExpiredBefore = null;

    /// <summary>After a restart: how many have left.</summary>
    public void RestoreDepartures(int departures) => Departures = departures;

    /// <summary>A delta CRL has been issued.</summary>
    public void TellDelta() => ChangedSinceDelta = null;
}
