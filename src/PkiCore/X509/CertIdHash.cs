using PkiCore.Asn1;

namespace PkiCore.X509;

/// <summary>The hash algorithms by which a CertID names an issuer (RFC 6960 4.1.1, RFC 9919 3.1.1).</summary>
public enum CertIdHash
{
    /// <summary>SHA-1, what most clients still send.</summary>
    Sha1,

    /// <summary>SHA-256, what RFC 9919 clients send.</summary>
    Sha256,

    /// <summary>SHA-224.</summary>
    Sha224,

    /// <summary>SHA-384.</summary>
    Sha384,

    /// <summary>SHA-512.</summary>
    Sha512,
}

internal static class CertIdHashes
{
    public const int Count = 5;
    public const int MaxHashLength = 64;

    public static bool TryFromObjectIdentifier(ReadOnlySpan<byte> contents, out CertIdHash hash)
    {
        for (hash = CertIdHash.Sha1; (int)hash < Count; hash++)
        {
            if (contents.SequenceEqual(ObjectIdentifier(hash)))
            {
                return true;
            }
        }

        return false;
    }

    public static ReadOnlySpan<byte> ObjectIdentifier(CertIdHash hash) => hash switch
    {
        CertIdHash.Sha1 => ObjectIdentifiers.Sha1,
        CertIdHash.Sha256 => ObjectIdentifiers.Sha256,
        CertIdHash.Sha224 => ObjectIdentifiers.Sha224,
        CertIdHash.Sha384 => ObjectIdentifiers.Sha384,
        _ => ObjectIdentifiers.Sha512,
    };

    public static byte[] Compute(CertIdHash hash, ReadOnlySpan<byte> data) => hash switch
    {
#pragma warning disable CA5350 // Do Not Use Weak Cryptographic Algorithms: a CertID hash names an issuer, it protects nothing
        CertIdHash.Sha1 => System.Security.Cryptography.SHA1.HashData(data),
#pragma warning restore CA5350
        CertIdHash.Sha256 => System.Security.Cryptography.SHA256.HashData(data),
        CertIdHash.Sha224 => Sha224.HashData(data),
        CertIdHash.Sha384 => System.Security.Cryptography.SHA384.HashData(data),
        _ => System.Security.Cryptography.SHA512.HashData(data),
    };
}
