using System.Security.Cryptography.X509Certificates;
using PkiCore.Crl.Lint;
using PkiCore.Crl;
using PkiCore.X509;

namespace PkiCore.Responder.Commands;

/// <summary>What was checked, and what is wrong.</summary>
/// <param name="What">What was checked, or found, in a line.</param>
/// <param name="Faults">What is wrong; empty when nothing is.</param>
internal readonly record struct CrlCheck(string What, IReadOnlyList<string> Faults);

/// <summary>The checks of <c>crl verify</c> that need no entries any more: these have all been read.</summary>
internal static class CrlChecks
{
    /// <summary>Who signed it.</summary>
    public static CrlCheck Signature(CrlReader crl, Issuer issuer)
    {
        string what = $"signature: {crl.Algorithm?.Name ?? "unknown algorithm"}, by {CrlText.Printable(issuer.Name)}";
        try
        {
            return new CrlCheck(what, crl.Verify(issuer.Certificate) ? [] : [ExplainSignature(crl, issuer.Certificate)]);
        }
        catch (InvalidDataException e)
        {
            return new CrlCheck(what, [$"it could not be checked: {e.Message}"]); // the entries were well-formed: it is too long for Ed25519
        }
    }

    /// <summary>What the standards ask of it.</summary>
    public static CrlCheck Rules(CrlLint lint, bool isBaseline)
    {
        long more = lint.FindingCount - lint.Findings.Count;
        return new CrlCheck(
            isBaseline ? "rules of RFC 5280 and of the Baseline Requirements" : "rules of RFC 5280",
            [.. lint.Findings.Select(CrlText.Printable), .. more > 0 ? [FormattableString.Invariant($"and {more:N0} more")] : Array.Empty<string>()]);
    }

    /// <summary>Whether its time is now.</summary>
    public static CrlCheck Times(CrlReader crl, DateTimeOffset now)
    {
        string what = $"times: as of {CrlText.Time(crl.ThisUpdate)}, until {(crl.NextUpdate is { } end ? CrlText.Time(end) : "nobody knows when")}";
        return new CrlCheck(what, crl.ThisUpdate > now ? [$"not valid yet: it is {CrlText.Time(now)}"]
            : crl.NextUpdate is not { } nextUpdate ? ["there is no nextUpdate: nobody can tell when it is out of date"]
            : nextUpdate <= now ? [FormattableString.Invariant($"expired: nextUpdate is {(now - nextUpdate).TotalHours:N1} hours ago")]
            : []);
    }

    private static string ExplainSignature(CrlReader crl, X509Certificate2 issuer)
    {
        return crl.Algorithm is null ? "the algorithm is not known here"
            : crl.Algorithm == SignatureAlgorithm.RsaWithSha1 ? "SHA-1 does not count any more"
            : !crl.IssuerName.Span.SequenceEqual(issuer.SubjectName.RawData) ? $"the CRL is by {CrlText.Name(crl.IssuerName.Span)}: not the name of the CA, byte by byte"
            : issuer.Extensions.OfType<X509KeyUsageExtension>().Any(usage => !usage.KeyUsages.HasFlag(X509KeyUsageFlags.CrlSign)) ? "the key usage of the CA's certificate does not allow signing CRLs (cRLSign)"
            : "it is not by the key of the CA's certificate, or the CRL was changed after it was signed";
    }
}
