using System.Globalization;
using PkiCore.X509;

namespace PkiCore.Crl.State;

/// <summary>What the state of CRLs is about: a journal is continued only by those whom it suits.</summary>
internal sealed record StatePurpose
{
    private const char Separator = '\f';

    private readonly string _entries;
    private readonly string _bases;

    /// <param name="scopes">The CRLs.</param>
    /// <param name="issuers">The issuers of certificates.</param>
    /// <param name="hasDeltas">Whether there are delta CRLs.</param>
    public StatePurpose(ScopeSet scopes, IReadOnlyList<Issuer> issuers, bool hasDeltas)
    {
        _entries = string.Join('\n',
        [
            .. issuers.Select(issuer => Convert.ToHexString(issuer.GetKeyHash(CertIdHash.Sha256))),
            .. scopes.Scopes.Select(scope => string.Create(CultureInfo.InvariantCulture,
                $"{scope.Name} {scope.Shard}/{scopes.ShardCount} {scope.DistributionPoint?.OnlyContainsUserCerts == true} {scope.DistributionPoint?.OnlyContainsCACerts == true} {(int?)scope.DistributionPoint?.OnlySomeReasons} {scope.IsIndirect}")),
        ]);
        _bases = string.Join('\n',
            [hasDeltas ? "with deltas" : "without deltas", .. scopes.Scopes.Select(scope => Convert.ToHexString((scope.DistributionPoint?.GetEncoding() ?? default).Span))]);
    }

    /// <summary>As it stands in a journal.</summary>
    public string Text => _entries + Separator + _bases;

    /// <summary>Whether the entries of a journal are those of these CRLs.</summary>
    public bool SuitsEntries(string text) => text.Split(Separator)[0] == _entries;

    /// <summary>Whether its bases are too: that of a delta CRL has the same distribution point (CX-4), and what has changed since was noted only if there were delta CRLs.</summary>
    public bool SuitsBases(string text) => text == Text;
}
