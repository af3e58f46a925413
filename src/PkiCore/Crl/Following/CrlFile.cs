using System.Numerics;

namespace PkiCore.Crl.Following;

/// <summary>A CRL as far as its frame tells, which is all but the entries. It has not been verified.</summary>
/// <param name="Path">Where it lies.</param>
/// <param name="Scope">CRLs replace each other, and a delta adds to a base, only where this is the same: the issuer's name and the IssuingDistributionPoint (CX-5).</param>
/// <param name="Number">Its number.</param>
/// <param name="BaseNumber">For a delta CRL the lowest number of a base.</param>
/// <param name="ThisUpdate">When it was issued.</param>
/// <param name="NextUpdate">Until when it holds.</param>
/// <param name="Signature">What no other CRL has.</param>
/// <param name="IssuerName">The DER of its issuer's Name.</param>
/// <param name="DistributionPoint">What it is about, if it says so.</param>
/// <param name="AuthorityKeyIdentifier">Whose key signed it; empty when it does not say.</param>
internal sealed record CrlFile(
    string Path, string Scope, BigInteger? Number, BigInteger? BaseNumber, DateTimeOffset ThisUpdate, DateTimeOffset NextUpdate, ReadOnlyMemory<byte> Signature,
    ReadOnlyMemory<byte> IssuerName, IssuingDistributionPoint? DistributionPoint, ReadOnlyMemory<byte> AuthorityKeyIdentifier)
{
    public bool IsDelta => BaseNumber is not null;

    public DeltaTerms Terms => new(Number, BaseNumber, AuthorityKeyIdentifier);

    /// <summary>Reads the frame.</summary>
    /// <returns>No CRL when it is about certificates of others, as far as can be told; and if it bears the issuer's name all the same, what is to be known of it.</returns>
    /// <exception cref="InvalidDataException">It is no CRL, or one that must not be used.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static (CrlFile? Crl, string? PassedOver) Read(string path, CrlAuthorities authorities)
    {
        using CrlReader crl = CrlReader.Open(path);
        if (!authorities.MayConcern(crl))
        {
            string? passedOver = authorities.IsByAnotherKey(crl)
                ? $"'{path}' is passed over: it bears the name of {authorities.IssuerName}, and is by another key ({Convert.ToHexString(crl.AuthorityKeyIdentifier.Span)})"
                : null;
            return (null, passedOver);
        }

        CheckExtensions(crl, path);
        if (crl.NextUpdate is not { } nextUpdate)
        {
            throw new InvalidDataException($"'{path}' has no nextUpdate: nobody can say how long it holds.");
        }

        string scope = $"{Convert.ToBase64String(crl.IssuerName.Span)} {Convert.ToBase64String(crl.DistributionPoint is { } point ? point.Encoded.Span : [])}";
        return (new CrlFile(path, scope, crl.Number, crl.BaseNumber, crl.ThisUpdate, nextUpdate, crl.Signature, crl.IssuerName, crl.DistributionPoint, crl.AuthorityKeyIdentifier), null);
    }

    /// <exception cref="InvalidDataException">There is a critical extension that is not known, as far as has been read (CX-21).</exception>
    public static void CheckExtensions(CrlReader crl, string path)
    {
        if (crl.UnsupportedCriticalExtension is { } extension)
        {
            throw new InvalidDataException($"'{path}' has a critical extension that is not known here ({extension}), so it must not be used.");
        }
    }
}
