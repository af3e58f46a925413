using PkiCore.Asn1;
using PkiCore.X509;

namespace PkiCore.Ocsp;

/// <summary>A CertID (RFC 6960 4.1.1), pointing into the request or response that it was read from.</summary>
public readonly ref struct CertId
{
    private CertId(ReadOnlySpan<byte> contents, int prefixLength, CertIdHash? hash, ReadOnlySpan<byte> nameHash, ReadOnlySpan<byte> keyHash, ReadOnlySpan<byte> serial)
    {
        Prefix = contents[..prefixLength];
        Hash = hash;
        IssuerNameHash = nameHash;
        IssuerKeyHash = keyHash;
        SerialNumber = serial;
    }

    /// <summary>The hash algorithm; <see langword="null"/> for one that is not known here, which is no fault of syntax.</summary>
    public CertIdHash? Hash { get; }

    /// <summary>The hash of the issuer's Name.</summary>
    public ReadOnlySpan<byte> IssuerNameHash { get; }

    /// <summary>The hash of the issuer's public key.</summary>
    public ReadOnlySpan<byte> IssuerKeyHash { get; }

    /// <summary>The contents octets of the serial number, of any length.</summary>
    public ReadOnlySpan<byte> SerialNumber { get; }

    /// <summary>Everything before the serial number as it was encoded: a reply repeats it (RFC 6960 3.2).</summary>
    internal ReadOnlySpan<byte> Prefix { get; }

    /// <summary>Reads a CertID SEQUENCE.</summary>
    internal static bool TryRead(scoped ref DerReader reader, out CertId certId)
    {
        certId = default;
        if (!reader.TryReadSequence(out DerReader fields))
        {
            return false;
        }

        ReadOnlySpan<byte> contents = fields.Remaining;
        if (!fields.TryReadSequence(out DerReader algorithm)
            || !TryReadHash(ref algorithm, out CertIdHash? hash)
            || !fields.TryReadOctetString(out ReadOnlySpan<byte> nameHash)
            || !fields.TryReadOctetString(out ReadOnlySpan<byte> keyHash))
        {
            return false;
        }

        int prefixLength = contents.Length - fields.Remaining.Length;
        if (!fields.TryReadInteger(out ReadOnlySpan<byte> serial) || !fields.IsEmpty)
        {
            return false;
        }

        certId = new CertId(contents, prefixLength, hash, nameHash, keyHash, serial);
        return true;
    }

    /// <summary>Parameters are NULL or absent for all known hashes; with others it is some algorithm that is not known.</summary>
    private static bool TryReadHash(scoped ref DerReader algorithm, out CertIdHash? hash)
    {
        hash = null;
        if (!algorithm.TryReadObjectIdentifier(out ReadOnlySpan<byte> oid))
        {
            return false;
        }

        bool plain = algorithm.IsEmpty || algorithm.TryReadNull();
        if (!plain && !algorithm.TryReadEncoded(out _))
        {
            return false;
        }

        if (plain && CertIdHashes.TryFromObjectIdentifier(oid, out CertIdHash known))
        {
            hash = known;
        }

        return algorithm.IsEmpty;
    }
}
