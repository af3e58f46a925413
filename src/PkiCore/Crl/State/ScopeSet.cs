using PkiCore.Status;
using PkiCore.X509;

namespace PkiCore.Crl.State;

/// <summary>The CRLs of one issuer, and which of them are about which certificate. Immutable.</summary>
internal sealed class ScopeSet
{
    private readonly int[][] _byShard;

    /// <exception cref="ArgumentException">The scopes contradict each other.</exception>
    public ScopeSet(IReadOnlyList<CrlScope> scopes)
    {
        Scopes = scopes;
        int shardCount = scopes.Select(scope => scope.Shard is { } shard ? shard + 1 : 0).DefaultIfEmpty(0).Max();
        foreach (string fault in FindFaults(scopes, shardCount))
        {
            throw new ArgumentException(fault, nameof(scopes));
        }

        ShardCount = shardCount;
        _byShard = [.. Enumerable.Range(0, Math.Max(1, shardCount)).Select(shard => Enumerable.Range(0, scopes.Count).Where(i => scopes[i].Shard is null || scopes[i].Shard == shard).ToArray())];
    }

    public IReadOnlyList<CrlScope> Scopes { get; }

    public int ShardCount { get; }

    /// <summary>The numbers of the scopes that a certificate may belong to; none when the source puts it into a shard that there is not.</summary>
    public ReadOnlySpan<int> Find(in StatusChange certificate)
    {
        int shard = ShardCount == 0 ? 0 : certificate.CrlShard ?? ShardOf(certificate.Serial, ShardCount);
        return (uint)shard < (uint)_byShard.Length ? _byShard[shard] : [];
    }

    /// <summary>The serial number, taken as a number without sign, modulo the number of shards.</summary>
    public static int ShardOf(in SerialNumber serial, int shardCount)
    {
        Span<byte> octets = stackalloc byte[SerialNumber.MaxLength];
        long remainder = 0;
        foreach (byte octet in octets[..serial.CopyTo(octets)])
        {
            remainder = ((remainder << 8) | octet) % shardCount;
        }

        return (int)remainder;
    }

    private static IEnumerable<string> FindFaults(IReadOnlyList<CrlScope> scopes, int shardCount)
    {
        if (scopes.Count == 0)
        {
            yield return "There is no CRL: name one scope at least.";
        }

        foreach (CrlScope scope in scopes)
        {
            if (scope.Name.Length is 0 or > 200 || !scope.Name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.') || scope.Name[0] == '.')
            {
                yield return $"'{scope.Name}' is no name for a CRL: letters, digits, '-', '_' and '.' make one.";
            }

            if (scope is { Shard: not null, DistributionPoint: null or { Uris.Count: 0 } })
            {
                yield return $"The CRL '{scope.Name}' is about a part of the certificates and has no distribution point with a URI: nobody could tell (RFC 5280 5.2.5)."; // CX-13, BR-6
            }

            if (scope.DistributionPoint is { OnlyContainsUserCerts: true, OnlyContainsCACerts: true } or { OnlyContainsAttributeCerts: true })
            {
                yield return $"The CRL '{scope.Name}' cannot be about user certificates only and CA certificates only, nor about attribute certificates (RFC 5280 5.2.5)."; // CX-12
            }

            if (scope.DistributionPoint?.OnlySomeReasons is not null && !scopes.Any(other => other.Shard == scope.Shard && other.DistributionPoint?.OnlySomeReasons is null))
            {
                yield return $"The CRL '{scope.Name}' is about some reasons only, and no other is about all (RFC 5280 4.2.1.13)."; // CX-15
            }
        }

        if (scopes.SelectMany(scope => new[] { scope.FileName, scope.DeltaFileName }).GroupBy(name => name, StringComparer.OrdinalIgnoreCase).FirstOrDefault(group => group.Count() > 1) is { } twice)
        {
            yield return $"Two CRLs would be the file '{twice.Key}'.";
        }

        if (Enumerable.Range(0, shardCount).FirstOrDefault(shard => scopes.All(scope => scope.Shard != shard), -1) is >= 0 and int missing)
        {
            yield return $"There are {shardCount} shards, numbered from 0, but no CRL of shard {missing}.";
        }
    }
}
