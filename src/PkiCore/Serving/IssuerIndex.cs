using System.Buffers.Binary;
using System.Collections.Frozen;
using PkiCore.Ocsp;
using PkiCore.X509;

namespace PkiCore.Serving;

/// <summary>Finds the issuer that a CertID names, by any of the hashes. Immutable: another set of issuers is another index.</summary>
internal sealed class IssuerIndex
{
    private readonly FrozenDictionary<ulong, ServedIssuer[]> _byKeyHash;

    public IssuerIndex(IReadOnlyList<ServedIssuer> issuers)
    {
        Issuers = issuers;
        _byKeyHash = issuers
            .SelectMany(served => Enum.GetValues<CertIdHash>().Select(hash => (Key: Start(served.Issuer.GetKeyHash(hash)), Served: served)))
            .GroupBy(entry => entry.Key, entry => entry.Served)
            .ToFrozenDictionary(group => group.Key, group => group.Distinct().ToArray());
    }

    public IReadOnlyList<ServedIssuer> Issuers { get; }

    /// <summary>The issuer whose name and key have these hashes (RFC 6960 4.1.2); <see langword="null"/> when it is foreign.</summary>
    public ServedIssuer? Find(CertId certId)
    {
        if (certId.Hash is { } hash && certId.IssuerKeyHash.Length >= sizeof(ulong) && _byKeyHash.TryGetValue(Start(certId.IssuerKeyHash), out ServedIssuer[]? candidates))
        {
            foreach (ServedIssuer candidate in candidates)
            {
                if (candidate.Issuer.Matches(hash, certId.IssuerNameHash, certId.IssuerKeyHash))
                {
                    return candidate;
                }
            }
        }

        return null;
    }

    private static ulong Start(ReadOnlySpan<byte> keyHash) => BinaryPrimitives.ReadUInt64LittleEndian(keyHash);
}
