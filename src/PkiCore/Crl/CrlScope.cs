using PkiCore.Status;

namespace PkiCore.Crl;

/// <summary>What one CRL is about, and under which names it is found: a complete CRL and the delta CRLs that refer to it share a scope (RFC 5280 5.2.4).</summary>
/// <param name="Name">The name of its files without extension: <c>NAME.crl</c> and <c>NAME-delta.crl</c>.</param>
public sealed record CrlScope(string Name)
{
    /// <summary>The issuing distribution point; <see langword="null"/>: all certificates of the issuer. Its URIs have to be those of the certificates'
    /// distribution points, byte by byte (RFC 5280 5.2.5). An indirect one is about certificates of other issuers too.</summary>
    public IssuingDistributionPoint? DistributionPoint { get; init; }

    /// <summary>The shard: certificates that the source puts there, and of the others those whose serial number, taken as a number without sign, leaves this
    /// remainder when divided by how many shards there are. <see langword="null"/>: certificates of all shards.</summary>
    public int? Shard { get; init; }

    /// <summary>Where the delta CRLs are found (RFC 5280 5.2.6); empty: the complete CRL does not tell.</summary>
    public IReadOnlyList<string> FreshestCrl { get; init; } = [];

    /// <summary>Spreads certificates over shards, <c>shard-000</c> and so on. Their number is for good: certificates name their shard.</summary>
    /// <param name="count">How many.</param>
    /// <param name="uri">Where each is found: what the certificates' distribution points say.</param>
    /// <param name="deltaUri">Where its delta CRLs are found; <see langword="null"/> when there are none.</param>
    public static IReadOnlyList<CrlScope> Shards(int count, Func<int, string> uri, Func<int, string>? deltaUri = null)
    {
        ArgumentNullException.ThrowIfNull(uri);
        return
        [
            .. Enumerable.Range(0, count).Select(shard => new CrlScope($"shard-{shard:000}")
            {
                Shard = shard,
                DistributionPoint = new IssuingDistributionPoint { Uris = [uri(shard)] },
                FreshestCrl = deltaUri is null ? [] : [deltaUri(shard)],
            }),
        ];
    }

    internal bool IsIndirect => DistributionPoint?.IsIndirect == true;

    internal string FileName => Name + ".crl";

    internal string DeltaFileName => Name + "-delta.crl";

    /// <summary>Whether a certificate of the right shard is in the scope whatever its status.</summary>
    internal bool Covers(in StatusChange certificate) =>
        DistributionPoint is not { } point || certificate.IsCA is not { } isCA || (isCA ? !point.OnlyContainsUserCerts : !point.OnlyContainsCACerts);
}
