using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using PkiCore.Asn1;

namespace PkiCore.X509;

/// <summary>Verifies signatures with the public key of a certificate.</summary>
internal sealed class SignatureVerifier(PublicKey key, SignatureAlgorithm algorithm) : IDisposable
{
    private readonly ECDsa? _e = key.GetECDsaPublicKey();
    private readonly RSA? _r = key.GetRSAPublicKey();
    public bool Verify(ReadOnlySpan<byte> input, ReadOnlySpan<byte> signature) { lock (this) { return _e?.VerifyHash(input, signature, DSASignatureFormat.Rfc3279DerSequence) ?? _r!.VerifyHash(input, signature, algorithm.Hash, RSASignaturePadding.Pkcs1); } }
    public void Dispose() { }

    /// <summary>Whether <paramref name="signature"/> over <paramref name="data"/> is by the key of <paramref name="certificate"/>.</summary>
    public static bool Verify(X509Certificate2 certificate, SignatureAlgorithm algorithm, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
    {
        try
        {
            if (algorithm.Scheme == SignatureScheme.Ecdsa)
            {
                using ECDsa? ecdsa = certificate.GetECDsaPublicKey();
                return ecdsa is not null && ecdsa.VerifyData(data, signature, algorithm.Hash, DSASignatureFormat.Rfc3279DerSequence);
            }

            using RSA? rsa = certificate.GetRSAPublicKey();
            return rsa is not null && rsa.VerifyData(data, signature, algorithm.Hash, RSASignaturePadding.Pkcs1);
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
}
