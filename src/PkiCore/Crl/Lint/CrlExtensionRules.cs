using System.Buffers;
using PkiCore.Asn1;
using PkiCore.Crl.Reading;
using PkiCore.X509;

namespace PkiCore.Crl.Lint;

/// <summary>What RFC 5280 5.2 asks of the extensions of a CRL: which are critical, and what may stand in them.</summary>
internal static class CrlExtensionRules
{
    private const string IssuingPoint = "RFC 5280 5.2.5";

    /// <summary>RFC 3986 2: unreserved, reserved, and % of an escape.</summary>
    private static readonly SearchValues<char> s_uriCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~:/?#[]@!$&'()*+,;=%");

    public static void Check(CrlReader reader, CrlFindings findings)
    {
        foreach (CrlExtension extension in reader.Extensions.All)
        {
            CheckCritical(extension, findings);
            ReadOnlySpan<byte> oid = extension.Oid.Span;
            if (oid.SequenceEqual(ObjectIdentifiers.FreshestCrl))
            {
                CheckFreshestCrl(reader, extension.Value.Span, findings);
            }
            else if (oid.SequenceEqual(ObjectIdentifiers.AuthorityInfoAccess))
            {
                CheckAuthorityInfoAccess(extension.Value.Span, findings);
            }
        }

        if (reader.DistributionPoint is { } point)
        {
            CheckDistributionPoint(point, findings);
        }
    }

    private static void CheckCritical(in CrlExtension extension, CrlFindings findings)
    {
        ReadOnlySpan<byte> oid = extension.Oid.Span;
        (string clause, string name, bool critical) =
            oid.SequenceEqual(ObjectIdentifiers.AuthorityKeyIdentifier) ? ("RFC 5280 5.2.1, 4.2.1.1", "the authority key identifier", false)
            : oid.SequenceEqual(ObjectIdentifiers.IssuerAltName) ? ("RFC 5280 5.2.2", "issuerAltName", false)
            : oid.SequenceEqual(ObjectIdentifiers.CrlNumber) ? ("RFC 5280 5.2.3", "the CRL number", false)
            : oid.SequenceEqual(ObjectIdentifiers.DeltaCrlIndicator) ? ("RFC 5280 5.2.4", "deltaCRLIndicator", true)
            : oid.SequenceEqual(ObjectIdentifiers.IssuingDistributionPoint) ? (IssuingPoint, "issuingDistributionPoint", true)
            : oid.SequenceEqual(ObjectIdentifiers.FreshestCrl) ? ("RFC 5280 5.2.6", "freshestCRL", false)
            : oid.SequenceEqual(ObjectIdentifiers.AuthorityInfoAccess) ? ("RFC 5280 5.2.7", "authorityInfoAccess", false)
            : oid.SequenceEqual(ObjectIdentifiers.ExpiredCertsOnCrl) ? ("X.509, expiredCertsOnCRL", "expiredCertsOnCRL", false)
            : ("", "", extension.IsCritical); // of others nothing is known
        if (extension.IsCritical != critical)
        {
            findings.Add(clause, critical ? $"{name} is not critical and has to be" : $"{name} is critical and must not be");
        }
    }

    private static void CheckDistributionPoint(IssuingDistributionPoint point, CrlFindings findings)
    {
        CheckUris("issuingDistributionPoint", point.Uris, findings);
        if (point.OnlyContainsAttributeCerts)
        {
            findings.Add(IssuingPoint, "issuingDistributionPoint says onlyContainsAttributeCerts, which an authority for public key certificates must not say");
        }

        if (point.OnlySomeReasons is { } reasons && (reasons == ReasonFlags.None || ((int)reasons & 1) != 0))
        {
            findings.Add($"{IssuingPoint}, 4.2.1.13", "onlySomeReasons names no reason, or the bit 0 that is none");
        }
    }

    private static void CheckFreshestCrl(CrlReader reader, ReadOnlySpan<byte> value, CrlFindings findings)
    {
        if (reader.IsDelta)
        {
            findings.Add("RFC 5280 5.2.6", "freshestCRL is in a delta CRL; only a complete CRL may have it");
        }

        CheckUris("freshestCRL", reader.FreshestCrl, findings);
        var outer = new DerReader(value); // well-formed, says the CRL's reader
        _ = outer.TryReadSequence(out DerReader points);
        while (points.TryReadSequence(out DerReader point))
        {
            if (!point.TryRead(DistributionPointName.Tag, out _) || !point.IsEmpty)
            {
                findings.Add("RFC 5280 5.2.6", "a distribution point in freshestCRL has no distributionPoint, or has reasons or cRLIssuer");
            }
        }
    }

    private static void CheckAuthorityInfoAccess(ReadOnlySpan<byte> value, CrlFindings findings)
    {
        const string Clause = "RFC 5280 5.2.7";
        var outer = new DerReader(value);
        if (!outer.TryReadSequence(out DerReader descriptions) || !outer.IsEmpty || descriptions.IsEmpty)
        {
            findings.Add(Clause, "authorityInfoAccess is not one SEQUENCE with something in it");
            return;
        }

        while (!descriptions.IsEmpty)
        {
            if (!descriptions.TryReadSequence(out DerReader description) || !description.TryReadObjectIdentifier(out ReadOnlySpan<byte> method)
                || !GeneralNames.TryRead(ref description, out _, out _) || !description.IsEmpty)
            {
                findings.Add(Clause, "authorityInfoAccess is malformed");
                return;
            }

            if (!method.SequenceEqual(ObjectIdentifiers.CaIssuers))
            {
                findings.Add(Clause, $"authorityInfoAccess has an access method, {ExtensionReader.Describe(method)}, other than caIssuers");
            }
        }
    }

    private static void CheckUris(string where, IReadOnlyList<string> uris, CrlFindings findings)
    {
        foreach (string uri in uris)
        {
            if (!IsAbsolute(uri))
            {
                findings.Add("RFC 5280 4.2.1.6", $"'{Printable(uri)}' in {where} is not an absolute URI");
            }
        }
    }

    /// <summary>RFC 3986 3: a scheme and what belongs to it; of HTTP, which has one, also the host. No more is said of schemes not known here.</summary>
    private static bool IsAbsolute(string uri)
    {
        int colon = uri.IndexOf(':', StringComparison.Ordinal);
        if (colon < 1 || colon == uri.Length - 1 || uri.AsSpan().ContainsAnyExcept(s_uriCharacters) || !Uri.CheckSchemeName(uri[..colon]))
        {
            return false;
        }

        for (int at = uri.IndexOf('%', StringComparison.Ordinal); at >= 0; at = uri.IndexOf('%', at + 1))
        {
            if (at + 2 >= uri.Length || !char.IsAsciiHexDigit(uri[at + 1]) || !char.IsAsciiHexDigit(uri[at + 2]))
            {
                return false;
            }
        }

        bool isHttp = uri.StartsWith("http:", StringComparison.OrdinalIgnoreCase) || uri.StartsWith("https:", StringComparison.OrdinalIgnoreCase);
        return !isHttp || (Uri.TryCreate(uri, UriKind.Absolute, out Uri? parsed) && parsed.Host.Length > 0 && uri.AsSpan(colon + 1).StartsWith("//", StringComparison.Ordinal));
    }

    /// <summary>A URI may hold any ASCII, and a megabyte of it.</summary>
    private static string Printable(string uri) =>
        string.Create(Math.Min(uri.Length, 200), uri, static (text, source) =>
        {
            for (int i = 0; i < text.Length; i++)
            {
                text[i] = source[i] is >= ' ' and <= '~' ? source[i] : '?';
            }
        });
}
