using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace PkiCore.X509;

/// <summary>The sizes that follow from a public key.</summary>
/// <param name="Bits">Its size; 256 for Ed25519.</param>
/// <param name="MaxSignatureLength">The longest signature in bytes, as it stands in a BIT STRING.</param>
internal readonly record struct KeySize(int Bits, int MaxSignatureLength)
{
    private const int Ed25519SignatureLength = 64; // RFC 8032 5.1.6

    /// <summary>Of a certificate, which may have a compressed point: <see cref="PublicKey"/> cannot.</summary>
    public static KeySize Of(X509Certificate2 certificate)
    {
        using AsymmetricAlgorithm? key = (AsymmetricAlgorithm?)certificate.GetECDsaPublicKey() ?? certificate.GetRSAPublicKey();
        return Of(key);
    }

    public static KeySize Of(PublicKey publicKey)
    {
        using AsymmetricAlgorithm? key = (AsymmetricAlgorithm?)publicKey.GetECDsaPublicKey() ?? publicKey.GetRSAPublicKey();
        return Of(key);
    }

    private static KeySize Of(AsymmetricAlgorithm? key) => key switch
    {
        ECDsa ecdsa => new KeySize(ecdsa.KeySize, ecdsa.GetMaxSignatureSize(DSASignatureFormat.Rfc3279DerSequence)),
        RSA rsa => new KeySize(rsa.KeySize, (rsa.KeySize + 7) / 8),
        _ => new KeySize(256, Ed25519SignatureLength),
    };
}
