using PkiCore.Crl.Following;
using PkiCore.Crl;

namespace PkiCore.Responder.Commands;

/// <summary>Whether a delta CRL may be combined with a complete CRL (RFC 5280 5.2.4, 6.3.3 (c)); both have been verified.</summary>
internal static class CrlDeltaFit
{
    /// <summary>Why they may not; empty when they may.</summary>
    public static IEnumerable<string> FindFaults(CrlReader delta, CrlReader complete)
    {
        if (!delta.IsDelta)
        {
            yield return "the CRL is no delta CRL, but a complete one";
            yield break;
        }

        if (complete.IsDelta)
        {
            yield return "the base is a delta CRL itself: it takes a complete one";
            yield break;
        }

        if (!delta.IssuerName.Span.SequenceEqual(complete.IssuerName.Span))
        {
            yield return $"the base is of another issuer, {CrlText.Name(complete.IssuerName.Span)}";
        }

        if (delta.DistributionPoint != complete.DistributionPoint)
        {
            yield return "the scopes (issuing distribution points) are not the same, byte by byte"; // CX-4
        }

        foreach (string fault in DeltaTerms.Of(delta).FindFaults(DeltaTerms.Of(complete)))
        {
            yield return fault;
        }

        if (complete.ThisUpdate > delta.ThisUpdate)
        {
            yield return $"the base is newer, as of {CrlText.Time(complete.ThisUpdate)}";
        }
    }
}
