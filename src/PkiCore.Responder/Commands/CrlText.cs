using System.Globalization;
using System.Numerics;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using PkiCore.Crl;
using PkiCore.X509;

namespace PkiCore.Responder.Commands;

/// <summary>CRLs for people.</summary>
internal static class CrlText
{
    /// <summary>All but the entries: what each field is called, and what it says.</summary>
    public static IEnumerable<(string Name, string Value)> Describe(CrlReader crl)
    {
        yield return ("Issuer", Name(crl.IssuerName.Span));
        yield return ("Kind", crl.IsDelta ? $"delta CRL, to complete CRL {Number(crl.BaseNumber)} or later" : "complete CRL");
        yield return ("Number", Number(crl.Number));
        yield return ("This update", Time(crl.ThisUpdate));
        yield return ("Next update", crl.NextUpdate is { } nextUpdate ? Time(nextUpdate) : "none");
        yield return ("Scope", Scope(crl.DistributionPoint));
        if (crl.FreshestCrl.Count > 0)
        {
            yield return ("Delta CRLs at", Printable(string.Join(' ', crl.FreshestCrl)));
        }

        if (crl.ExpiredCertsOnCrl is { } since)
        {
            yield return ("Expired kept", "since " + Time(since));
        }

        yield return ("Key", crl.AuthorityKeyIdentifier.IsEmpty ? "no identifier" : Convert.ToHexString(crl.AuthorityKeyIdentifier.Span));
        yield return ("Signature", crl.Algorithm?.Name ?? "unknown algorithm " + Convert.ToHexString(crl.AlgorithmIdentifier.Span));
        yield return ("Size", FormattableString.Invariant($"{crl.Length:N0} bytes in DER"));
        if (crl.UnsupportedCriticalExtension is { } extension)
        {
            yield return ("Not usable", $"critical extension {extension} is not known");
        }
    }

    /// <summary>One line about an entry.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="ofIssuer">Whether to say whose certificate it is.</param>
    public static string Describe(in CrlEntry entry, bool ofIssuer)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{CrlSerial.Describe(entry.SerialNumber)}  {Time(entry.RevocationDate)}");
        text.Append(entry.Reason == X509RevocationReason.Unspecified ? "" : $"  {entry.Reason}");
        text.Append(entry.InvalidityDate is { } invalid ? $"  invalid since {Time(invalid)}" : "");
        text.Append(ofIssuer ? $"  of {Name(entry.CertificateIssuer)}" : "");
        return text.ToString();
    }

    /// <summary>Text of a stranger, on one line and without commands to the terminal.</summary>
    public static string Printable(string text) => text.Any(char.IsControl) ? string.Concat(text.Select(c => char.IsControl(c) ? '\uFFFD' : c)) : text;

    public static string Name(ReadOnlySpan<byte> name) => Printable(OcspText.DescribeName(name));

    public static string Time(DateTimeOffset time) => time.ToString("u", CultureInfo.InvariantCulture);

    /// <summary>In decimal, and as OpenSSL's crlnumber file has it.</summary>
    public static string Number(BigInteger? number)
    {
        if (number is not { } value)
        {
            return "none";
        }

        string hex = Convert.ToHexString(value.ToByteArray(isUnsigned: true, isBigEndian: true));
        return string.Create(CultureInfo.InvariantCulture, $"{value} (hex {hex})");
    }

    private static string Scope(IssuingDistributionPoint? point)
    {
        if (point is null)
        {
            return "all certificates of the issuer";
        }

        string what = point.OnlyContainsUserCerts ? "certificates of end entities only"
            : point.OnlyContainsCACerts ? "certificates of CAs only"
            : point.OnlyContainsAttributeCerts ? "attribute certificates only"
            : point.Uris.Count > 0 || point.HasDistributionPoint ? "certificates with this distribution point"
            : "all certificates";
        string reasons = point.OnlySomeReasons is { } some ? $"; reasons {some} only" : "";
        string indirect = point.IsIndirect ? "; of other issuers too (indirect)" : "";
        return Printable($"{what}{reasons}{indirect}{(point.Uris.Count > 0 ? ": " : "")}{string.Join(' ', point.Uris)}");
    }
}
