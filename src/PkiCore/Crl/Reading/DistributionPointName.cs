using PkiCore.Asn1;
using PkiCore.X509;

namespace PkiCore.Crl.Reading;

/// <summary>What the extensions about distribution points have in common (RFC 5280 4.2.1.13, 5.2.5, 5.2.6).</summary>
internal static class DistributionPointName
{
    /// <summary>The highest bit of ReasonFlags: aACompromise.</summary>
    public const int LastReason = 8;

    /// <summary>distributionPoint: explicit, although the module is implicit, because DistributionPointName is a CHOICE.</summary>
    public const byte Tag = 0xA0;

    public const byte FullName = 0xA0;
    private const byte RelativeName = 0xA1;

    /// <summary>Reads <c>[0] DistributionPointName</c> and adds its URIs to a list.</summary>
    public static bool TryRead(ref DerReader fields, List<string> uris)
    {
        if (!fields.TryReadConstructed(Tag, out DerReader choice))
        {
            return false;
        }

        bool isFull = choice.HasTag(FullName);
        return choice.TryReadConstructed(isFull ? FullName : RelativeName, out DerReader names)
            && choice.IsEmpty
            && (isFull ? GeneralNames.TryReadUris(ref names, uris) : DistinguishedName.AreAttributes(ref names));
    }

    /// <summary>The contents of a BIT STRING of named bits: without zeros at the end (X.690 11.2.2).</summary>
    public static bool TryReadReasons(ReadOnlySpan<byte> contents, out ReasonFlags reasons)
    {
        reasons = ReasonFlags.None;
        if (contents.Length is 0 or > 3 || contents[0] > 7)
        {
            return false;
        }

        ReadOnlySpan<byte> octets = contents[1..];
        int count = (8 * octets.Length) - contents[0];
        if (count is < 0 or > LastReason + 1 || (octets.IsEmpty ? contents[0] != 0 : ((octets[^1] << (7 - contents[0])) & 0xFF) != 0x80))
        {
            return false;
        }

        for (int bit = 0; bit < count; bit++)
        {
            reasons |= (octets[bit / 8] & (0x80 >> (bit % 8))) != 0 ? (ReasonFlags)(1 << bit) : ReasonFlags.None;
        }

        return true;
    }

    /// <summary>CRLDistributionPoints, as freshestCRL has it, and the URIs in it.</summary>
    public static bool TryReadPoints(ReadOnlySpan<byte> encoded, List<string> uris)
    {
        var outer = new DerReader(encoded);
        if (!outer.TryReadSequence(out DerReader points) || !outer.IsEmpty || points.IsEmpty)
        {
            return false;
        }

        while (!points.IsEmpty)
        {
            if (!points.TryReadSequence(out DerReader point) || !TryReadPoint(ref point, uris))
            {
                return false;
            }
        }

        return true;
    }

    private static bool TryReadPoint(ref DerReader point, List<string> uris)
    {
        byte reasons = DerTag.Context(1);
        byte issuer = DerTag.ContextConstructed(2);
        return (!point.HasTag(Tag) || TryRead(ref point, uris))
            && (!point.HasTag(reasons) || (point.TryRead(reasons, out ReadOnlySpan<byte> contents) && TryReadReasons(contents, out _)))
            && (!point.HasTag(issuer) || (point.TryReadConstructed(issuer, out DerReader names) && GeneralNames.AreWellFormed(ref names)))
            && point.IsEmpty;
    }
}
