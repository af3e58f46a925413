using System.Numerics;
using PkiCore.X509;

namespace PkiCore.Crl.Lint;

/// <summary>What RFC 5280 5.1 asks of an authority, and which fields and numbers 5.2 wants to be there.</summary>
internal static class CrlFieldRules
{
    /// <summary>The first number with more than 20 octets (RFC 5280 5.2.3).</summary>
    private static readonly BigInteger s_numberLimit = BigInteger.One << (8 * SerialNumber.MaxOctets);

    public static void Check(CrlReader reader, CrlFindings findings)
    {
        if (reader.Version != 2)
        {
            findings.Add("RFC 5280 5.1.2.1", "the CRL is version 1; an authority issues version 2");
        }

        if (reader.IssuerName.Length <= 2)
        {
            findings.Add("RFC 5280 5.1.2.3", "the issuer's name is empty");
        }

        if (reader.NextUpdate is not { } nextUpdate)
        {
            findings.Add("RFC 5280 5.1.2.5", "nextUpdate is missing");
        }
        else if (nextUpdate <= reader.ThisUpdate)
        {
            findings.Add("RFC 5280 5.1.2.5", $"nextUpdate, {nextUpdate:u}, is not later than thisUpdate, {reader.ThisUpdate:u}: nobody could ever use the CRL");
        }

        CheckNumbers(reader, findings);
        if (reader.AuthorityKeyIdentifier.IsEmpty)
        {
            findings.Add("RFC 5280 5.2.1", "the CRL has no authority key identifier, or one without the key identifier");
        }
    }

    private static void CheckNumbers(CrlReader reader, CrlFindings findings)
    {
        if (reader.Number is not { } number)
        {
            findings.Add("RFC 5280 5.2.3", "the CRL has no CRL number");
        }
        else if (number >= s_numberLimit)
        {
            findings.Add("RFC 5280 5.2.3", "the CRL number is longer than 20 octets");
        }

        if (reader.BaseNumber >= s_numberLimit)
        {
            findings.Add("RFC 5280 5.2.3, 5.2.4", "the base CRL's number is longer than 20 octets");
        }

        if (reader.BaseNumber >= reader.Number)
        {
            findings.Add("RFC 5280 5.2.4", $"the base CRL's number, {reader.BaseNumber}, is not below the delta CRL's own, {reader.Number}: they cannot be combined");
        }
    }
}
