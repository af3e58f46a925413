using PkiCore.X509;

namespace PkiCore.Galera.Feed;

/// <summary>What a CA is found by in the database: the hashes of its name and its key, as in a CertID with SHA-256 (RFC 6960 4.1.1).</summary>
internal readonly record struct IssuerKey(ChangeDigest Name, ChangeDigest Key)
{
    public static IssuerKey Of(Issuer issuer) =>
        new(ChangeDigest.From(issuer.GetNameHash(CertIdHash.Sha256)), ChangeDigest.From(issuer.GetKeyHash(CertIdHash.Sha256)));
}
