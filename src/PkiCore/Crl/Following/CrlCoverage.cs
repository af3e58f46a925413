using PkiCore.Asn1;
using PkiCore.Crl.Reading;

namespace PkiCore.Crl.Following;

/// <summary>Whether CRLs tell all reasons for what they are about (RFC 5280 6.3.3 (d), (l)): only then is a certificate good that is on none of them.</summary>
internal static class CrlCoverage
{
    private const ReasonFlags AllReasons = ReasonFlags.KeyCompromise | ReasonFlags.CACompromise | ReasonFlags.AffiliationChanged | ReasonFlags.Superseded
        | ReasonFlags.CessationOfOperation | ReasonFlags.CertificateHold | ReasonFlags.PrivilegeWithdrawn | ReasonFlags.AACompromise;

    /// <summary>What is missing; <see langword="null"/> when nothing is.</summary>
    public static string? FindGap(IReadOnlyList<CrlPair> crls)
    {
        foreach (CrlFile part in crls.Select(crl => crl.Base).Where(file => ReasonsOf(file) != AllReasons))
        {
            ReasonFlags missing = AllReasons & ~crls.Where(crl => IsAboutAllOf(crl.Base, part)).Aggregate(ReasonFlags.None, (reasons, crl) => reasons | ReasonsOf(crl.Base));
            if (missing != ReasonFlags.None)
            {
                return $"'{part.Path}' is about some reasons only, and no CRL of its scope tells of {missing}";
            }
        }

        return null;
    }

    private static ReasonFlags ReasonsOf(CrlFile file) => (file.DistributionPoint?.OnlySomeReasons ?? AllReasons) & AllReasons;

    /// <summary>Whether one CRL is about all certificates that another is about: reasons aside, it has the same scope or a wider one.</summary>
    private static bool IsAboutAllOf(CrlFile one, CrlFile other)
    {
        IssuingDistributionPoint wide = one.DistributionPoint ?? new IssuingDistributionPoint();
        IssuingDistributionPoint narrow = other.DistributionPoint ?? new IssuingDistributionPoint();
        return (!wide.IsIndirect || (narrow.IsIndirect && one.IssuerName.Span.SequenceEqual(other.IssuerName.Span)))
            && (!wide.OnlyContainsUserCerts || narrow.OnlyContainsUserCerts)
            && (!wide.OnlyContainsCACerts || narrow.OnlyContainsCACerts)
            && (!wide.HasDistributionPoint || NameOf(wide).SequenceEqual(NameOf(narrow)));
    }

    private static ReadOnlySpan<byte> NameOf(IssuingDistributionPoint point)
    {
        ReadOnlySpan<byte> name = [];
        if (point.HasDistributionPoint)
        {
            new DerReader(point.Encoded.Span).TryReadSequence(out DerReader fields);
            fields.TryReadEncoded(DistributionPointName.Tag, out name);
        }

        return name;
    }
}
