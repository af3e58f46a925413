using System.Numerics;
using PkiCore.Asn1;
using PkiCore.Crl.Reading;
using PkiCore.X509;

namespace PkiCore.Crl.Lint;

/// <summary>What the CA/Browser Forum's Baseline Requirements for TLS (BR), 2.2.6, and Mozilla's Root Store Policy, 3.1, ask beyond RFC 5280, as far as a CRL shows it.</summary>
internal static class BaselineRules
{
    private const string IssuingPoint = "BR 7.2.2.1, Mozilla 6.1.2";

    private static readonly BigInteger s_numberLimit = BigInteger.One << 159;

    public static void Check(CrlReader reader, CrlFindings findings)
    {
        CheckValidity(reader, findings);
        ReadOnlySpan<byte> algorithm = reader.AlgorithmIdentifier.Span;
        if (reader.Algorithm is null || reader.Algorithm == SignatureAlgorithm.Ed25519 || reader.Algorithm == SignatureAlgorithm.RsaWithSha1
            || !algorithm.SequenceEqual(reader.Algorithm.Encoded))
        {
            findings.Add("BR 7.1.3.2", $"the AlgorithmIdentifier, {Convert.ToHexString(algorithm[..Math.Min(algorithm.Length, 128)])}, is not one of those listed, byte by byte");
        }

        if (reader.Number >= s_numberLimit)
        {
            findings.Add("BR 7.2.2", "the CRL number is not below 2^159");
        }

        if (reader.Extensions.HasAuthorityIssuerAndSerial)
        {
            findings.Add("BR 7.1.2.11.1", "the authority key identifier has more than the key identifier: the authority's issuer or serial number");
        }

        if (reader.DistributionPoint is { } point)
        {
            CheckDistributionPoint(point, findings);
        }
    }

    /// <summary>Only a CRL that says so is one about certificates of authorities.</summary>
    private static void CheckValidity(CrlReader reader, CrlFindings findings)
    {
        bool isOfAuthorities = reader.DistributionPoint is { OnlyContainsCACerts: true };
        DateTimeOffset latest = isOfAuthorities ? AddYear(reader.ThisUpdate) : AddDays(reader.ThisUpdate, 10);
        if (reader.NextUpdate > latest)
        {
            findings.Add("BR 7.2, Mozilla 6", isOfAuthorities
                ? $"nextUpdate is over 12 months after thisUpdate; {latest:u} is the latest"
                : $"nextUpdate is over 10 days after thisUpdate; {latest:u} is the latest, unless issuingDistributionPoint says onlyContainsCACerts");
        }
    }

    private static void CheckDistributionPoint(IssuingDistributionPoint point, CrlFindings findings)
    {
        if (point.IsIndirect)
        {
            findings.Add("BR 7.2, 7.2.2.1", "the CRL is indirect, which is not allowed");
        }

        // Nothing but onlyContainsCACerts: complete for an authority that certifies authorities only, so there may be no URI to name.
        bool mayBeComplete = point is { OnlyContainsCACerts: true, HasDistributionPoint: false, OnlySomeReasons: null };
        if (point.Uris.Count == 0 && !mayBeComplete)
        {
            findings.Add(IssuingPoint, "issuingDistributionPoint limits the scope and names no URI; one that is in the certificates has to be there");
        }

        if (HasOtherNames(point))
        {
            findings.Add(IssuingPoint, "issuingDistributionPoint has names other than URIs");
        }
    }

    private static bool HasOtherNames(IssuingDistributionPoint point)
    {
        var outer = new DerReader(point.Encoded.Span); // well-formed, says the CRL's reader
        if (!outer.TryReadSequence(out DerReader fields) || !fields.TryReadConstructed(DistributionPointName.Tag, out DerReader choice))
        {
            return false;
        }

        if (!choice.TryReadConstructed(DistributionPointName.FullName, out DerReader names))
        {
            return true; // nameRelativeToCRLIssuer
        }

        while (GeneralNames.TryRead(ref names, out byte tag, out _))
        {
            if (tag != GeneralNames.Uri)
            {
                return true;
            }
        }

        return false;
    }

    private static DateTimeOffset AddDays(DateTimeOffset time, int days) =>
        time > DateTimeOffset.MaxValue.AddDays(-days) ? DateTimeOffset.MaxValue : time.AddDays(days);

    private static DateTimeOffset AddYear(DateTimeOffset time) => time.Year == 9999 ? DateTimeOffset.MaxValue : time.AddMonths(12);
}
