using System.Globalization;
using System.Numerics;

namespace PkiCore.Crl.Following;

/// <summary>What decides whether a delta CRL and a complete CRL of the same scope may be combined (RFC 5280 5.2.4, 6.3.3 (c)).</summary>
/// <param name="Number">The CRL's number.</param>
/// <param name="BaseNumber">For a delta CRL the lowest number of a base.</param>
/// <param name="AuthorityKeyIdentifier">Whose key signed it; empty when it does not say.</param>
internal readonly record struct DeltaTerms(BigInteger? Number, BigInteger? BaseNumber, ReadOnlyMemory<byte> AuthorityKeyIdentifier)
{
    public static DeltaTerms Of(CrlReader crl) => new(crl.Number, crl.BaseNumber, crl.AuthorityKeyIdentifier);

    /// <summary>Why this one, a delta CRL's, does not fit to a complete CRL's; empty when it does.</summary>
    public IEnumerable<string> FindFaults(DeltaTerms complete)
    {
        if (!AuthorityKeyIdentifier.Span.SequenceEqual(complete.AuthorityKeyIdentifier.Span))
        {
            yield return "the authority key identifiers are not the same: they are signed by different keys"; // CX-4
        }

        if (complete.Number is not { } number)
        {
            yield return "the base has no CRL number";
            yield break;
        }

        if (number < BaseNumber)
        {
            yield return $"the delta CRL adds to number {BaseNumber} or later, and the base is number {number}"; // CX-5
        }

        if (Number is null || number >= Number)
        {
            yield return $"the base is number {number}, which is not lower than the delta CRL's {Number?.ToString(CultureInfo.InvariantCulture) ?? "(none)"}: the delta CRL adds nothing"; // CX-5
        }
    }
}
