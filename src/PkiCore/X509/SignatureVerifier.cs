using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.ObjectPool;
using PkiCore.Asn1;

namespace PkiCore.X509;

/// <summary>Verifies signatures of one public key. Safe for use from several threads; a verification allocates nothing.</summary>
internal sealed class SignatureVerifier
{
    /// <summary>As many threads can verify at once without a key being made for one of them; a token may have so many sessions.</summary>
    private const int MaxKeys = 1024;

    private readonly ObjectPool<PublicKeyVerifier> _keys; // .NET promises of no key object that two threads may use it

    /// <exception cref="CryptographicException">The key is not one for the algorithm.</exception>
    public SignatureVerifier(X509Certificate2 certificate, SignatureAlgorithm algorithm)
    {
        X509Certificate2 own = X509CertificateLoader.LoadCertificate(certificate.RawDataMemory.Span); // the caller may dispose its own
        var first = new PublicKeyVerifier(own, algorithm);
        _keys = new DefaultObjectPool<PublicKeyVerifier>(new KeyPolicy(own, algorithm), MaxKeys); // left to the garbage collector: verifying may outlast a signer
        _keys.Return(first);
    }

    /// <summary>Whether a signature is by the key.</summary>
    /// <param name="input">The digest; the message for Ed25519.</param>
    /// <param name="signature">As it stands in the BIT STRING.</param>
    public bool Verify(ReadOnlySpan<byte> input, ReadOnlySpan<byte> signature)
    {
        PublicKeyVerifier key = _keys.Get();
        bool isValid = key.Verify(input, signature);
        _keys.Return(key);
        return isValid;
    }

    /// <summary>Whether <paramref name="signature"/> over <paramref name="data"/> is by the key of <paramref name="certificate"/>.</summary>
    public static bool Verify(X509Certificate2 certificate, SignatureAlgorithm algorithm, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
    {
        try
        {
            using var key = new PublicKeyVerifier(certificate, algorithm);
            if (algorithm.Scheme == SignatureScheme.EdDsa)
            {
                return key.Verify(data, signature);
            }

            Span<byte> digest = stackalloc byte[SHA512.HashSizeInBytes];
            return key.Verify(digest[..CryptographicOperations.HashData(algorithm.Hash, data, digest)], signature);
        }
        catch (CryptographicException)
        {
            return false; // a key that cannot be decoded, such as one whose curve is NULL, has signed nothing
        }
    }

    /// <summary>Whether <paramref name="certificate"/> carries the name of <paramref name="issuer"/> and is signed by its key.</summary>
    /// <param name="certificate">The certificate to check.</param>
    /// <param name="issuer">The certificate that should have issued it.</param>
    /// <param name="acceptSha1">Whether a SHA-1 signature counts.</param>
    public static bool IsIssuedBy(X509Certificate2 certificate, X509Certificate2 issuer, bool acceptSha1)
    {
        var outer = new DerReader(certificate.RawDataMemory.Span);
        return certificate.IssuerName.RawData.AsSpan().SequenceEqual(issuer.SubjectName.RawData)
            && outer.TryReadSequence(out DerReader fields)
            && fields.TryReadEncoded(DerTag.Sequence, out ReadOnlySpan<byte> toBeSigned)
            && fields.TryReadEncoded(DerTag.Sequence, out ReadOnlySpan<byte> algorithmIdentifier)
            && fields.TryReadBitString(out ReadOnlySpan<byte> signature, out int unusedBits)
            && unusedBits == 0
            && SignatureAlgorithm.Find(algorithmIdentifier) is { } algorithm
            && (acceptSha1 || algorithm != SignatureAlgorithm.RsaWithSha1)
            && Verify(issuer, algorithm, toBeSigned, signature);
    }

    private sealed class KeyPolicy(X509Certificate2 certificate, SignatureAlgorithm algorithm) : PooledObjectPolicy<PublicKeyVerifier>
    {
        public override PublicKeyVerifier Create() => new(certificate, algorithm);

        public override bool Return(PublicKeyVerifier obj) => true;
    }
}
