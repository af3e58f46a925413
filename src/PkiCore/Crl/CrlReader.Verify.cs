using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using PkiCore.Crl.Reading;
using PkiCore.X509;

namespace PkiCore.Crl;

public sealed partial class CrlReader
{
    /// <summary>
    /// Whether the CRL is by an authority: it bears the name of its certificate, byte for byte, the certificate's key usage, if there is one,
    /// allows signing CRLs (RFC 5280 6.3.3 (f)), and the signature is by its key. The certificate itself is not judged, nor are times.
    /// </summary>
    /// <remarks>Entries that were not read are read, and are gone. SHA-1 does not count.</remarks>
    /// <param name="issuer">The certificate of the authority.</param>
    /// <exception cref="InvalidDataException">An entry is malformed; or the CRL is signed by Ed25519, which needs it as a whole, and over 64 MiB.</exception>
    /// <exception cref="IOException">The source cannot be read.</exception>
    public bool Verify(X509Certificate2 issuer)
    {
        ArgumentNullException.ThrowIfNull(issuer);
        while (TryRead(out _))
        {
        }

        if (Algorithm is null || Algorithm == SignatureAlgorithm.RsaWithSha1 || !issuer.SubjectName.RawData.AsSpan().SequenceEqual(IssuerName.Span))
        {
            return false;
        }

        ReadOnlySpan<byte> input = GetSignedInput();
        try
        {
            if (!AllowsCrlSigning(issuer))
            {
                return false;
            }

            using var key = new PublicKeyVerifier(issuer, Algorithm);
            return key.Verify(input, Signature.Span);
        }
        catch (CryptographicException)
        {
            return false; // a key that does not fit or cannot be decoded, or a key usage that cannot
        }
    }

    /// <summary>What the signature is over, after the last entry: the digest of tbsCertList, or for Ed25519 all of it.</summary>
    internal ReadOnlySpan<byte> GetSignedInput()
    {
        return _hash is not null ? _hash.Finish(_frame.EncodedExtensions.Span)
            : throw new InvalidDataException($"{_source.Name}: a CRL signed by {Algorithm} is signed and verified in memory, which is not done over {CrlHash.MaxMessage >> 20} MiB.");
    }

    private static bool AllowsCrlSigning(X509Certificate2 issuer) =>
        issuer.Extensions.OfType<X509KeyUsageExtension>().All(usage => usage.KeyUsages.HasFlag(X509KeyUsageFlags.CrlSign));
}
