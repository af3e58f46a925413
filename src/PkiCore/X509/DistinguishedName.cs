using PkiCore.Asn1;

namespace PkiCore.X509;

/// <summary>The structure of a Name (RFC 5280 4.1.2.4). Names are compared by their bytes; nobody here looks into an attribute.</summary>
internal static class DistinguishedName
{
    /// <summary>Whether these bytes are exactly one Name: a SEQUENCE, which may be empty, of SETs of attributes.</summary>
    public static bool IsWellFormed(ReadOnlySpan<byte> encoded)
    {
        var outer = new DerReader(encoded);
        if (!outer.TryReadSequence(out DerReader names) || !outer.IsEmpty)
        {
            return false;
        }

        while (!names.IsEmpty)
        {
            if (!names.TryReadConstructed(DerTag.Set, out DerReader attributes) || !AreAttributes(ref attributes))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>A RelativeDistinguishedName's contents: one attribute or more.</summary>
    public static bool AreAttributes(ref DerReader attributes)
    {
        do
        {
            if (!attributes.TryReadSequence(out DerReader attribute) || !attribute.TryReadObjectIdentifier(out _)
                || !attribute.TryReadEncoded(out _) || !attribute.IsEmpty)
            {
                return false;
            }
        }
        while (!attributes.IsEmpty);
        return true;
    }
}
